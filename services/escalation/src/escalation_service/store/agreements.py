"""Published agreements, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from escalation_service.domain.publication import Publication
from escalation_service.domain.rule import Agreement, read_rules
from escalation_service.store.queries import SQL
from escalation_service.store.rows import Row
from slaclock.business_time.zone import read_zone
from slaclock.store.pool import Pool, begin


async def keep_agreements(pool: Pool, publications: Sequence[Publication]) -> None:
    """Store what was published; the same again changes nothing."""
    found = sorted(publications, key=lambda one: (one.tenant, one.hash))
    async with begin(pool, {one.tenant for one in found}) as connection:
        await connection.execute(
            SQL["keep_agreements"],
            [one.tenant for one in found],
            [one.hash for one in found],
            [one.sla_id for one in found],
            [one.version for one in found],
            [one.effective_from for one in found],
            [{"rules": one.rules} for one in found],
            [one.zones for one in found],
            [one.content for one in found],
        )


def agreement_of(row: Row) -> Agreement:
    """What the hot path reads of a row. A zone that cannot be read only costs the local time."""
    zones = {name: read_zone(written, path="zone")[0] for name, written in row["zones"].items()}
    return Agreement(
        rules=read_rules(row["rules"]["rules"]),
        zones={name: zone for name, zone in zones.items() if zone is not None},
    )
