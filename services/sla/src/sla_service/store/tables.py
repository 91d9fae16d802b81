"""The tables that people edit and read, as SQLModel sees them. Migrations make them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, DateTime, LargeBinary, text
from sqlmodel import Field, SQLModel

__all__ = ["SlaDraftRow", "SlaRecord", "SlaVersionRow"]


def _instant() -> Column[datetime]:
    return Column(DateTime(timezone=True), server_default=text("clock_timestamp()"))


class SlaRecord(SQLModel, table=True):
    """An SLA: its name in the tenant."""

    __tablename__ = "slas"

    tenant_id: str = Field(primary_key=True)
    sla_id: str = Field(primary_key=True)
    created_by: str


class SlaDraftRow(SQLModel, table=True):
    """What people edit; at most one for an SLA."""

    __tablename__ = "sla_drafts"

    tenant_id: str = Field(primary_key=True)
    sla_id: str = Field(primary_key=True)
    document: bytes = Field(sa_type=LargeBinary)
    etag: str
    updated_at: datetime = Field(sa_column=_instant())
    updated_by: str


class SlaVersionRow(SQLModel, table=True):
    """What was published; read here, written by `work` only."""

    __tablename__ = "sla_versions"

    tenant_id: str = Field(primary_key=True)
    sla_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    status: str
    name: str
    snapshot: bytes = Field(sa_type=LargeBinary)
    hash: str
    content: str
    effective_from: datetime = Field(sa_column=_instant())
    note: str
    published_at: datetime = Field(sa_column=_instant())
    published_by: str
    agreement_type: str
    owner_group: str | None
