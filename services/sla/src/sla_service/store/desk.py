"""`Desk` on PostgreSQL: drafts under optimistic locking, and what people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlmodel import col, delete, update

from sla_service.domain.version import SlaVersion
from sla_service.ports import Draft, SlaRow, Then
from sla_service.store.tables import SlaDraftRow, SlaRecord, SlaVersionRow
from sla_service.store.trail import PgTrail, note_draft
from slaclock.contracts.canonical import canonical, sha256_hex
from slaclock.store.answers import SessionKeeper
from slaclock.store.models import session_of

__all__ = ["PgDesk"]


class PgDesk(PgTrail):
    """See `sla_service.ports.Desk` for what each method means."""

    async def draft(self, tenant: str, sla_id: str) -> Draft | None:
        """See `Desk.draft`."""
        async with session_of(self._engine, tenant) as session:
            row = await session.get(SlaDraftRow, (tenant, sla_id))
        return None if row is None else _draft(row)

    async def create(
        self,
        tenant: str,
        sla_id: str,
        document: Mapping[str, Any],
        actor: str,
        *,
        then: Then | None = None,
    ) -> Draft | None:
        """See `Desk.create`."""
        async with session_of(self._engine, tenant) as session:
            await session.execute(
                insert(SlaRecord)
                .values(tenant_id=tenant, sla_id=sla_id, created_by=actor)
                .on_conflict_do_nothing()
            )
            made = await session.scalars(
                insert(SlaDraftRow)
                .values(tenant_id=tenant, sla_id=sla_id, **_contents(document, actor))
                .on_conflict_do_nothing()
                .returning(SlaDraftRow)
            )
            return await _kept(session, made.one_or_none(), actor, "sla.draft-created", then)

    async def replace(  # noqa: PLR0913 - a draft, and what follows
        self,
        tenant: str,
        sla_id: str,
        document: Mapping[str, Any],
        actor: str,
        etag: str,
        *,
        then: Then | None = None,
    ) -> Draft | None:
        """See `Desk.replace`. One statement: of two editors with one tag, one finds it gone."""
        async with session_of(self._engine, tenant) as session:
            changed = await session.scalars(
                update(SlaDraftRow)
                .where(
                    col(SlaDraftRow.tenant_id) == tenant,
                    col(SlaDraftRow.sla_id) == sla_id,
                    col(SlaDraftRow.etag) == etag,
                )
                .values(**_contents(document, actor), updated_at=func.clock_timestamp())
                .returning(SlaDraftRow)
            )
            return await _kept(session, changed.one_or_none(), actor, "sla.draft-changed", then)

    async def discard(self, tenant: str, sla_id: str, actor: str, etag: str) -> bool:
        """See `Desk.discard`."""
        async with session_of(self._engine, tenant) as session:
            gone = await session.scalars(
                delete(SlaDraftRow)
                .where(
                    col(SlaDraftRow.tenant_id) == tenant,
                    col(SlaDraftRow.sla_id) == sla_id,
                    col(SlaDraftRow.etag) == etag,
                )
                .returning(SlaDraftRow)
            )
            row = gone.one_or_none()
            if row is not None:
                await note_draft(session, tenant, actor, "sla.draft-discarded", row)
        return row is not None

    async def one(self, tenant: str, sla_id: str) -> SlaRow | None:
        """See `Desk.one`."""
        async with session_of(self._engine, tenant) as session:
            rows = await _rows(session, tenant, sla_id=sla_id)
        return rows[0] if rows else None

    async def slas(self, tenant: str, *, after: str | None, limit: int) -> Sequence[SlaRow]:
        """See `Desk.slas`."""
        async with session_of(self._engine, tenant) as session:
            return await _rows(session, tenant, after=after, limit=limit)

    async def versions(
        self, tenant: str, sla_id: str, *, below: int | None, limit: int
    ) -> Sequence[SlaVersion]:
        """See `Desk.versions`."""
        wanted = (
            select(SlaVersionRow)
            .options(defer(SlaVersionRow.snapshot))  # type: ignore[arg-type] # a column here
            .where(
                col(SlaVersionRow.tenant_id) == tenant,
                col(SlaVersionRow.sla_id) == sla_id,
            )
            .order_by(col(SlaVersionRow.version).desc())
            .limit(limit)
        )
        if below is not None:
            wanted = wanted.where(col(SlaVersionRow.version) < below)
        async with session_of(self._engine, tenant) as session:
            return [_version(row) for row in await session.scalars(wanted)]

    async def snapshot(self, tenant: str, sla_id: str, version: int) -> tuple[str, bytes] | None:
        """See `Desk.snapshot`."""
        async with session_of(self._engine, tenant) as session:
            row = await session.get(SlaVersionRow, (tenant, sla_id, version))
        return None if row is None else (row.hash, row.snapshot)


async def _rows(
    session: AsyncSession,
    tenant: str,
    *,
    sla_id: str | None = None,
    after: str | None = None,
    limit: int = 1,
) -> list[SlaRow]:
    latest = (
        select(
            col(SlaVersionRow.sla_id),
            col(SlaVersionRow.version),
            col(SlaVersionRow.status),
            col(SlaVersionRow.name),
        )
        .where(col(SlaVersionRow.tenant_id) == tenant)
        .ext(distinct_on(col(SlaVersionRow.sla_id)))
        .order_by(col(SlaVersionRow.sla_id), col(SlaVersionRow.version).desc())
        .subquery()
    )
    wanted = (
        select(
            col(SlaRecord.sla_id),
            latest.c.name,
            latest.c.version,
            latest.c.status,
            col(SlaDraftRow.etag).is_not(None),
        )
        .select_from(SlaRecord)
        .outerjoin(latest, latest.c.sla_id == col(SlaRecord.sla_id))
        .outerjoin(
            SlaDraftRow,
            (col(SlaDraftRow.tenant_id) == col(SlaRecord.tenant_id))
            & (col(SlaDraftRow.sla_id) == col(SlaRecord.sla_id)),
        )
        .where(col(SlaRecord.tenant_id) == tenant)
        .order_by(col(SlaRecord.sla_id))
        .limit(limit)
    )
    if sla_id is not None:
        wanted = wanted.where(col(SlaRecord.sla_id) == sla_id)
    if after is not None:
        wanted = wanted.where(col(SlaRecord.sla_id) > after)
    return [SlaRow(*row) for row in await session.execute(wanted)]


async def _kept(
    session: AsyncSession, row: SlaDraftRow | None, actor: str, action: str, then: Then | None
) -> Draft | None:
    if row is None:
        return None
    await note_draft(session, row.tenant_id, actor, action, row)
    draft = _draft(row)
    if then is not None:
        await then(SessionKeeper(session), draft)
    return draft


def _contents(document: Mapping[str, Any], actor: str) -> dict[str, Any]:
    body = canonical(dict(document))
    return {"document": body, "etag": sha256_hex(body), "updated_by": actor}


def _draft(row: SlaDraftRow) -> Draft:
    return Draft(
        sla_id=row.sla_id,
        document=orjson.loads(row.document),
        etag=row.etag,
        updated_at=row.updated_at.astimezone(UTC),
        updated_by=row.updated_by,
    )


def _version(row: SlaVersionRow) -> SlaVersion:
    return SlaVersion(
        tenant=row.tenant_id,
        sla_id=row.sla_id,
        version=row.version,
        name=row.name,
        hash=row.hash,
        content=row.content,
        effective_from=row.effective_from.astimezone(UTC),
        published_at=row.published_at.astimezone(UTC),
        published_by=row.published_by,
        note=row.note,
        status=row.status,
        agreement_type=row.agreement_type,
        owner_group=row.owner_group,
    )
