"""Keep the projections up with the bus: one transaction a batch, ten statements or fewer.

Every use case may be given the same messages again, in any order and in any batches: the tables
end up the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeAlias, TypeVar

from dashboard_service.domain.agreement import Agreement
from dashboard_service.domain.clock import Clock, Replacement, newest, replacements
from dashboard_service.domain.escalation import Effect, together
from dashboard_service.domain.kpi import Kpi
from dashboard_service.domain.rollup import difference
from dashboard_service.ports import OpensWork

CLOCKS: Final = "dashboard--clocks"
ESCALATIONS: Final = "dashboard--escalations"
AGREEMENTS: Final = "dashboard--agreements"
KPIS: Final = "dashboard--kpis"

T = TypeVar("T")
Kpis: TypeAlias = tuple[Kpi, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Heard(Generic[T]):
    """One message of the bus.

    Attributes:
        tenant: whose it is.
        message: its identity for the inbox: hash of tenant, source and event id.
        stored_at: when the broker stored it, UTC.
        said: what it says.
    """

    tenant: str
    message: str
    stored_at: datetime
    said: T


async def project_clocks(begin: OpensWork, heard: Sequence[Heard[Clock]]) -> None:
    """Replace rows by newer editions and carry the differences into the rollups."""
    arrived = newest(one.said for one in heard)
    async with begin(_tenants(heard)) as work:
        fresh = await work.insert_clocks(list(arrived.values()))
        known = {key: clock for key, clock in arrived.items() if key not in fresh}
        standing = await work.standing_clocks(list(known))
        newer = replacements(standing, known)
        await work.replace_clocks([change.after for change in newer])
        changed = [*(Replacement(None, arrived[key]) for key in sorted(fresh)), *newer]
        await work.add_to_rollups(difference(changed))
        await work.note_progress(
            CLOCKS, _applied(heard), {change.after.key.tenant for change in changed}
        )


async def project_escalations(begin: OpensWork, heard: Sequence[Heard[Effect]]) -> None:
    """Add to each effect's story what was not in the inbox before."""
    async with begin(_tenants(heard)) as work:
        new = await work.take_into_inbox(ESCALATIONS, [(one.tenant, one.message) for one in heard])
        arrived = together(one.said for one in heard if (one.tenant, one.message) in new)
        fresh = await work.insert_effects(list(arrived.values())) if arrived else set()
        standing = await work.standing_effects([key for key in arrived if key not in fresh])
        merged = {key: told.merged(arrived[key]) for key, told in sorted(standing.items())}
        grown = [effect for key, effect in merged.items() if effect != standing[key]]
        await work.replace_effects(grown)
        await work.note_progress(
            ESCALATIONS,
            _applied(heard),
            {key.tenant for key in fresh} | {effect.key.tenant for effect in grown},
        )


async def keep_agreements(begin: OpensWork, heard: Sequence[Heard[Agreement]]) -> None:
    """Keep names and calendars by hash; a hash that is known says nothing new."""
    agreements = {(one.said.tenant, one.said.hash): one.said for one in heard}
    async with begin(_tenants(heard)) as work:
        changed = await work.keep_agreements(list(agreements.values()))
        await work.note_progress(AGREEMENTS, _applied(heard), changed)


async def keep_kpis(begin: OpensWork, heard: Sequence[Heard[Kpis]]) -> None:
    """Keep the KPIs of agreements by hash; those that are known say nothing new."""
    kpis = {(kpi.tenant, kpi.agreement, kpi.kpi_id): kpi for one in heard for kpi in one.said}
    async with begin(_tenants(heard)) as work:
        changed = await work.keep_kpis(list(kpis.values()))
        await work.note_progress(KPIS, _applied(heard), changed)


def _tenants(heard: Sequence[Heard[Any]]) -> frozenset[str]:
    return frozenset(one.tenant for one in heard)


def _applied(heard: Sequence[Heard[Any]]) -> dict[str, datetime]:
    """Until when the messages of each tenant are in."""
    through: dict[str, datetime] = {}
    for one in heard:
        through[one.tenant] = max(one.stored_at, through.get(one.tenant, one.stored_at))
    return through
