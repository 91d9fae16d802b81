"""The tables that people edit and read, as SQLModel sees them. Migrations make them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, DateTime, LargeBinary, text
from sqlmodel import Field, SQLModel

__all__ = ["CalendarDraftRow", "CalendarRecord", "CalendarVersionRow"]


def _instant() -> Column[datetime]:
    return Column(DateTime(timezone=True), server_default=text("clock_timestamp()"))


class CalendarRecord(SQLModel, table=True):
    """A calendar: its name in the tenant."""

    __tablename__ = "calendars"

    tenant_id: str = Field(primary_key=True)
    calendar_id: str = Field(primary_key=True)
    created_by: str


class CalendarDraftRow(SQLModel, table=True):
    """What people edit; at most one for a calendar."""

    __tablename__ = "calendar_drafts"

    tenant_id: str = Field(primary_key=True)
    calendar_id: str = Field(primary_key=True)
    document: bytes = Field(sa_type=LargeBinary)
    etag: str
    updated_at: datetime = Field(sa_column=_instant())
    updated_by: str


class CalendarVersionRow(SQLModel, table=True):
    """What was published; read here, written by `work` only."""

    __tablename__ = "calendar_versions"

    tenant_id: str = Field(primary_key=True)
    calendar_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    status: str
    name: str
    kind: str
    timezone: str
    tzdata: str
    snapshot: bytes = Field(sa_type=LargeBinary)
    hash: str
    content: str
    note: str
    published_at: datetime = Field(sa_column=_instant())
    published_by: str
