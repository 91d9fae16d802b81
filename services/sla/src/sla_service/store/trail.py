"""The audit trail: what was done with drafts is added here, and people read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final

from sqlalchemy import BigInteger, Column, DateTime, MetaData, Row, Table, Text, or_, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from sla_service.ports import AuditEntry, AuditQuestion
from sla_service.store.tables import SlaDraftRow
from slaclock.store.models import session_of

__all__ = ["PgTrail", "note_draft"]

# every service has a table of this name, and SQLModel knows one of a name in a process
_AUDIT: Final = Table(
    "audit",
    MetaData(),
    Column("tenant_id", Text),
    Column("position", BigInteger),
    Column("at", DateTime(timezone=True)),
    Column("actor", Text),
    Column("action", Text),
    Column("subject", Text),
    Column("detail", JSONB),
)


class PgTrail:
    """That part of `sla_service.ports.Desk`; see there for what each method means."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def audit(
        self, tenant: str, question: AuditQuestion, *, below: int | None, limit: int
    ) -> Sequence[AuditEntry]:
        """See `Desk.audit`."""
        kept = _AUDIT.c
        wanted = (
            select(_AUDIT)
            .where(kept.tenant_id == tenant)
            .order_by(kept.position.desc())
            .limit(limit)
        )
        if below is not None:
            wanted = wanted.where(kept.position < below)
        if question.subject is not None:
            wanted = wanted.where(kept.subject == question.subject)
        if question.action is not None:
            family = kept.action.startswith(f"{question.action}.", autoescape=True)
            wanted = wanted.where(or_(kept.action == question.action, family))
        if question.since is not None:
            wanted = wanted.where(kept.at >= question.since)
        if question.until is not None:
            wanted = wanted.where(kept.at < question.until)
        async with session_of(self._engine, tenant) as session:
            return [_entry(row) for row in await session.execute(wanted)]


async def note_draft(
    session: AsyncSession, tenant: str, actor: str, action: str, draft: SlaDraftRow
) -> None:
    """Add *action* on *draft* to the trail, in the transaction of *session*."""
    await session.execute(
        insert(_AUDIT).values(
            tenant_id=tenant,
            actor=actor,
            action=action,
            subject=draft.sla_id,
            detail={"etag": draft.etag},
        )
    )


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        position=row.position,
        at=row.at.astimezone(UTC),
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
    )
