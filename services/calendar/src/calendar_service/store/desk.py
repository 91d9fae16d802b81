"""`Desk` on PostgreSQL: drafts under optimistic locking, and what people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col, delete, update

from calendar_service.domain.version import CalendarVersion
from calendar_service.ports import CalendarRow, Draft
from calendar_service.store.facts import as_draft, as_version
from calendar_service.store.tables import (
    AuditRow,
    CalendarDraftRow,
    CalendarFactsRow,
    CalendarRecord,
    CalendarVersionRow,
)
from slaclock.contracts.canonical import canonical, sha256_hex
from slaclock.store.models import session_of

__all__ = ["PgDesk"]


class PgDesk:
    """See `calendar_service.ports.Desk` for what each method means."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def draft(self, tenant: str, calendar_id: str) -> Draft | None:
        """See `Desk.draft`."""
        async with session_of(self._engine, tenant) as session:
            row = await session.get(CalendarDraftRow, (tenant, calendar_id))
        return None if row is None else as_draft(row.model_dump())

    async def create(
        self, tenant: str, calendar_id: str, document: Mapping[str, Any], actor: str
    ) -> Draft | None:
        """See `Desk.create`."""
        async with session_of(self._engine, tenant) as session:
            await session.execute(
                insert(CalendarRecord)
                .values(tenant_id=tenant, calendar_id=calendar_id, created_by=actor)
                .on_conflict_do_nothing()
            )
            made = await session.scalars(
                insert(CalendarDraftRow)
                .values(tenant_id=tenant, calendar_id=calendar_id, **_contents(document, actor))
                .on_conflict_do_nothing()
                .returning(CalendarDraftRow)
            )
            row = made.one_or_none()
            if row is not None:
                await _note(session, tenant, actor, "calendar.draft-created", row)
        return None if row is None else as_draft(row.model_dump())

    async def replace(
        self, tenant: str, calendar_id: str, document: Mapping[str, Any], actor: str, etag: str
    ) -> Draft | None:
        """See `Desk.replace`. One statement: of two editors with one tag, one finds it gone."""
        async with session_of(self._engine, tenant) as session:
            changed = await session.scalars(
                update(CalendarDraftRow)
                .where(
                    col(CalendarDraftRow.tenant_id) == tenant,
                    col(CalendarDraftRow.calendar_id) == calendar_id,
                    col(CalendarDraftRow.etag) == etag,
                )
                .values(**_contents(document, actor), updated_at=func.clock_timestamp())
                .returning(CalendarDraftRow)
            )
            row = changed.one_or_none()
            if row is not None:
                await _note(session, tenant, actor, "calendar.draft-changed", row)
        return None if row is None else as_draft(row.model_dump())

    async def discard(self, tenant: str, calendar_id: str, actor: str, etag: str) -> bool:
        """See `Desk.discard`."""
        async with session_of(self._engine, tenant) as session:
            gone = await session.scalars(
                delete(CalendarDraftRow)
                .where(
                    col(CalendarDraftRow.tenant_id) == tenant,
                    col(CalendarDraftRow.calendar_id) == calendar_id,
                    col(CalendarDraftRow.etag) == etag,
                )
                .returning(CalendarDraftRow)
            )
            row = gone.one_or_none()
            if row is not None:
                await _note(session, tenant, actor, "calendar.draft-discarded", row)
        return row is not None

    async def one(self, tenant: str, calendar_id: str) -> CalendarRow | None:
        """See `Desk.one`."""
        async with session_of(self._engine, tenant) as session:
            rows = await _rows(session, tenant, calendar_id=calendar_id)
        return rows[0] if rows else None

    async def calendars(
        self, tenant: str, *, after: str | None, limit: int
    ) -> Sequence[CalendarRow]:
        """See `Desk.calendars`."""
        async with session_of(self._engine, tenant) as session:
            return await _rows(session, tenant, after=after, limit=limit)

    async def versions(
        self, tenant: str, calendar_id: str, *, below: int | None, limit: int
    ) -> Sequence[CalendarVersion]:
        """See `Desk.versions`."""
        wanted = (
            select(CalendarFactsRow)
            .where(
                col(CalendarFactsRow.tenant_id) == tenant,
                col(CalendarFactsRow.calendar_id) == calendar_id,
            )
            .order_by(col(CalendarFactsRow.version).desc())
            .limit(limit)
        )
        if below is not None:
            wanted = wanted.where(col(CalendarFactsRow.version) < below)
        async with session_of(self._engine, tenant) as session:
            return [as_version(row.model_dump()) for row in await session.scalars(wanted)]

    async def newest(self, tenant: str, calendar_id: str) -> int | None:
        """See `Desk.newest`. From the table: its view looks into every snapshot."""
        wanted = select(func.max(CalendarVersionRow.version)).where(
            col(CalendarVersionRow.tenant_id) == tenant,
            col(CalendarVersionRow.calendar_id) == calendar_id,
            col(CalendarVersionRow.status) == "published",
        )
        async with session_of(self._engine, tenant) as session:
            return await session.scalar(wanted)

    async def snapshot(
        self, tenant: str, calendar_id: str, version: int
    ) -> tuple[str, bytes] | None:
        """See `Desk.snapshot`."""
        async with session_of(self._engine, tenant) as session:
            row = await session.get(CalendarVersionRow, (tenant, calendar_id, version))
        return None if row is None else (row.hash, row.snapshot)


async def _rows(
    session: AsyncSession,
    tenant: str,
    *,
    calendar_id: str | None = None,
    after: str | None = None,
    limit: int = 1,
) -> list[CalendarRow]:
    latest = (
        select(
            col(CalendarFactsRow.calendar_id),
            col(CalendarFactsRow.version),
            col(CalendarFactsRow.status),
            col(CalendarFactsRow.name),
            col(CalendarFactsRow.timezone),
        )
        .where(col(CalendarFactsRow.tenant_id) == tenant)
        .ext(distinct_on(col(CalendarFactsRow.calendar_id)))
        .order_by(col(CalendarFactsRow.calendar_id), col(CalendarFactsRow.version).desc())
        .subquery()
    )
    wanted = (
        select(
            col(CalendarRecord.calendar_id),
            latest.c.name,
            latest.c.timezone,
            latest.c.version,
            latest.c.status,
            col(CalendarDraftRow.etag).is_not(None),
        )
        .select_from(CalendarRecord)
        .outerjoin(latest, latest.c.calendar_id == col(CalendarRecord.calendar_id))
        .outerjoin(
            CalendarDraftRow,
            (col(CalendarDraftRow.tenant_id) == col(CalendarRecord.tenant_id))
            & (col(CalendarDraftRow.calendar_id) == col(CalendarRecord.calendar_id)),
        )
        .where(col(CalendarRecord.tenant_id) == tenant)
        .order_by(col(CalendarRecord.calendar_id))
        .limit(limit)
    )
    if calendar_id is not None:
        wanted = wanted.where(col(CalendarRecord.calendar_id) == calendar_id)
    if after is not None:
        wanted = wanted.where(col(CalendarRecord.calendar_id) > after)
    return [CalendarRow(*row) for row in await session.execute(wanted)]


def _contents(document: Mapping[str, Any], actor: str) -> dict[str, Any]:
    body = canonical(dict(document))
    return {"document": body, "etag": sha256_hex(body), "updated_by": actor}


async def _note(
    session: AsyncSession, tenant: str, actor: str, action: str, draft: CalendarDraftRow
) -> None:
    await session.execute(
        insert(AuditRow).values(
            tenant_id=tenant,
            actor=actor,
            action=action,
            subject=draft.calendar_id,
            detail={"etag": draft.etag},
        )
    )
