"""The tables that people edit and read, as SQLModel sees them. Migrations make them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

__all__ = [
    "AuditRow",
    "CalendarDraftRow",
    "CalendarFactsRow",
    "CalendarRecord",
    "CalendarVersionRow",
]


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
    """The bytes of what was published; written by `work` only."""

    __tablename__ = "calendar_versions"

    tenant_id: str = Field(primary_key=True)
    calendar_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    status: str
    snapshot: bytes = Field(sa_type=LargeBinary)
    hash: str


class CalendarFactsRow(SQLModel, table=True):
    """What is known of a version beside its bytes: a view."""

    __tablename__ = "calendar_version_facts"

    tenant_id: str = Field(primary_key=True)
    calendar_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    status: str
    name: str
    kind: str
    timezone: str
    tzdata: str
    hash: str
    content: str
    note: str
    published_at: datetime = Field(sa_column=_instant())
    published_by: str
    author: str
    retired_at: datetime | None = Field(sa_column=_instant())
    retired_by: str | None
    horizon_first_year: int | None
    horizon_last_year: int | None
    zone_transitions: int | None
    sets: list[dict[str, Any]] = Field(sa_type=JSONB)


class AuditRow(SQLModel, table=True):
    """Who changed what; written here for drafts, by `work` for the rest."""

    __tablename__ = "audit"

    tenant_id: str = Field(primary_key=True)
    position: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    actor: str
    action: str
    subject: str
    detail: dict[str, Any] = Field(sa_type=JSONB)
