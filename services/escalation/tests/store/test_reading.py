"""What people read and write down, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from escalation_service.domain.announcement import Silence
from escalation_service.domain.escalation import State
from escalation_service.store.reading import PgReading, begin_acknowledging
from escalation_service.store.secrets import PgSecrets
from escalation_service.usecases.acknowledge import (
    NothingToAcknowledge,
    UnknownEscalation,
    acknowledge,
)
from slaclock.store import Pool
from slaclock.store.pool import begin

from .builders import given_agreements, hear, told


async def given(
    pool: Pool, count: int, tenant: str = "acme", silence: Silence | None = None
) -> None:
    await given_agreements(pool, tenant)
    for number in range(count):
        await hear(pool, replace(told(number, tenant), silence=silence))


async def page(pool: Pool, tenant: str = "acme", **asked: Any) -> list[str]:
    known = {"ticket_id": None, "state": None, "after": None, "limit": 50, **asked}
    found = await PgReading(pool).page(tenant, **known)
    return [entry.escalation.crossing.ticket_id for entry in found]


async def test_pages_follow_each_other_newest_first(pool: Pool) -> None:
    await given(pool, 5)
    reading = PgReading(pool)

    first = await reading.page("acme", ticket_id=None, state=None, after=None, limit=2)
    last = first[-1]
    rest = await page(pool, after=(last.raised_at, last.escalation.id))

    assert [entry.escalation.crossing.ticket_id for entry in first] == ["INC-4", "INC-3"]
    assert rest == ["INC-2", "INC-1", "INC-0"]


async def test_filters(pool: Pool) -> None:
    await given(pool, 3)
    await given(pool, 2, "zeta", Silence.HISTORICAL)

    assert await page(pool, ticket_id="INC-1") == ["INC-1"]
    assert await page(pool, state=State.RAISED, limit=1) == ["INC-2"]
    assert await page(pool, state=State.FAILED) == []
    assert await page(pool, "zeta", state=State.SILENT) == ["INC-1", "INC-0"]
    assert await page(pool, "nobody") == []


async def test_one_with_its_deliveries(pool: Pool) -> None:
    await given(pool, 1)
    reading = PgReading(pool)
    (entry,) = await reading.page("acme", ticket_id=None, state=None, after=None, limit=9)

    found = await reading.one("acme", entry.escalation.id)

    assert found is not None
    assert found[0] == entry
    assert [(one.kind, one.state, one.attempts) for one in found[1]] == [("notice", "planned", ())]
    assert await reading.one("zeta", entry.escalation.id) is None
    assert await reading.one("acme", uuid4()) is None


async def test_an_acknowledgement_counts_once(pool: Pool) -> None:
    # given
    await given(pool, 1)
    (entry,) = await PgReading(pool).page("acme", ticket_id=None, state=None, after=None, limit=9)

    # when several acknowledge at once
    async def see(by: str) -> None:
        async with begin_acknowledging(pool, "acme") as work:
            await acknowledge(work, entry.escalation.id, by)

    await asyncio.gather(*(see(f"key-{number}") for number in range(5)))

    # then
    (seen,) = await PgReading(pool).page("acme", ticket_id=None, state=None, after=None, limit=9)
    assert seen.acknowledged_at is not None
    async with begin(pool, {"acme"}) as connection:
        told = await connection.fetchval(
            "SELECT count(*) FROM outbox WHERE subject = 'sla.escalation.acknowledged.v1.acme'"
        )
        audited = await connection.fetch("SELECT actor, action, subject FROM audit")
    assert told == 1
    assert [tuple(row) for row in audited] == [
        (seen.acknowledged_by, "escalation.acknowledged", str(entry.escalation.id))
    ]


@pytest.mark.parametrize("tenant", ["zeta", "acme"])
async def test_what_cannot_be_acknowledged(pool: Pool, tenant: str) -> None:
    await given(pool, 1, "acme", Silence.HISTORICAL)
    (entry,) = await PgReading(pool).page("acme", ticket_id=None, state=None, after=None, limit=9)
    refusal = NothingToAcknowledge if tenant == "acme" else UnknownEscalation

    async def see() -> None:
        async with begin_acknowledging(pool, tenant) as work:
            await acknowledge(work, entry.escalation.id, "key-1")

    with pytest.raises(refusal):
        await see()


async def test_a_tenants_secret_is_made_once(pool: Pool) -> None:
    keys = PgSecrets(pool, secrets.token_bytes)

    found = await asyncio.gather(*(keys.text_of("acme") for _ in range(8)))

    assert len(set(found)) == 1
    assert found[0].startswith("whsec_")
    assert await keys.text_of("zeta") != found[0]
    assert found[0] not in repr(await keys.of("acme"))
