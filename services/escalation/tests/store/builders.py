"""Announcements, agreements, a sender and its wire, for tests on a real PostgreSQL."""

# ruff: noqa: ARG002 - a fake needs less than the real thing

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from escalation_service.domain.announcement import CallOff, Crossing, Key, Message, Retraction, Told
from escalation_service.domain.delivery import Backoff, Kind, Outcome, Sent
from escalation_service.domain.letter import Letter
from escalation_service.domain.publication import publication
from escalation_service.store.acting import begin_acting
from escalation_service.store.agreements import keep_agreements
from escalation_service.store.delivering import PgDeliveries
from escalation_service.usecases.act import act
from escalation_service.usecases.deliver import Pace, Sender
from slaclock.contracts.canonical import content_hash
from slaclock.store import Pool
from slaclock.store.pool import OUTAGES, begin

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
SNAPSHOT: dict[str, Any] = {
    "escalations": [
        {
            "rule_id": "r1",
            "threshold": "percent:90",
            "metric": "resolution",
            "deliver": [{"channel": "wire", "to": "ann"}],
        }
    ]
}
HASH = content_hash(SNAPSHOT)
NONE = timedelta(0)
MINUTE = timedelta(minutes=1)


def told(number: int = 1, tenant: str = "acme") -> Told:
    crossing = Crossing(f"INC-{number}", "resolution", "first", "percent:90", 1, HASH)
    return Told(Key(tenant, UUID(int=number)), crossing, f"e{number}")


def retracted(of: Told) -> Retraction:
    return Retraction(of.key, AT, f"{of.event_id}-back")


def called_off(of: Told) -> CallOff:
    return CallOff(of.key, AT, f"{of.event_id}-off", "merged")


async def hear(pool: Pool, *messages: Message, settle: timedelta = NONE) -> None:
    async with begin_acting(pool, {message.key.tenant for message in messages}) as work:
        await act(work, messages, settle=settle)


async def given_agreements(pool: Pool, *tenants: str) -> None:
    await keep_agreements(
        pool,
        [
            publication(
                tenant=tenant,
                name=HASH,
                sla_id="gold",
                version=1,
                effective_from=AT,
                snapshot=SNAPSHOT,
            )
            for tenant in tenants
        ],
    )


async def rows(pool: Pool, query: str, *tenants: str) -> list[asyncpg.Record]:
    async with begin(pool, tenants or ("acme", "zeta")) as connection:
        return await connection.fetch(query)


@dataclass
class Wire:
    """A channel that remembers, and a watch that does."""

    outcomes: list[Outcome] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    waits: list[timedelta] = field(default_factory=list)

    async def send(self, letter: Letter) -> Outcome:
        await asyncio.sleep(0)
        self.letters.append(letter)
        return self.outcomes.pop() if self.outcomes else Sent()

    def attempted(self, channel: str, outcome: Outcome, took: timedelta) -> None:
        assert channel == "wire"

    def late(self, by: timedelta) -> None:
        self.waits.append(by)

    @property
    def seen(self) -> Counter[tuple[UUID, Kind]]:
        return Counter((letter.id, letter.kind) for letter in self.letters)


def sender(pool: Pool, wire: Wire, *, lease: timedelta = MINUTE, tries: int = 3) -> Sender:
    return Sender(
        deliveries=PgDeliveries(pool, wire),
        channels={"wire": wire},
        watch=wire,
        backoff=Backoff(timedelta(milliseconds=1), timedelta(milliseconds=1), tries),
        pace=Pace(at_once=20, of_each=10, lease=lease, look=timedelta(milliseconds=10)),
        jitter=lambda: 0.5,
        outages=OUTAGES,
    )
