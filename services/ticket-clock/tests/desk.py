"""A ticket-clock on a real database, without a bus: facts and terms in, rows and messages out."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from slaclock.business_time import seal
from slaclock.contracts.canonical import canonical, content_hash
from slaclock.contracts.instants import parse_instant, rfc3339, to_us
from slaclock.messaging.parking import Parking
from slaclock.messaging.received import Received
from slaclock.store import Pool, begin
from ticket_clock_service.handlers.facts import DURABLE
from ticket_clock_service.handlers.loops import catch_up_behind, judge_due
from ticket_clock_service.handlers.watermark import Horizon
from ticket_clock_service.ports import Reported
from ticket_clock_service.store.terms import begin_terms
from ticket_clock_service.store.wakes import PgImports, PgWakes
from ticket_clock_service.store.work import PgWork, begin_work
from ticket_clock_service.usecases.answers import Answers
from ticket_clock_service.usecases.learn_terms import Entry, Snapshot, learn
from ticket_clock_service.usecases.reconcile import Reconciler
from ticket_clock_service.usecases.rulebooks import Rulebooks

OFFICE = {
    "timezone": "Europe/London",
    "windows": [{"weekday": day, "start": "09:00", "end": "17:00"} for day in range(5)],
}
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def sla(
    sla_id: str = "gold", *, minutes: int = 240, calendar: str = "24x7", **more: Any
) -> dict[str, Any]:
    """An SLA snapshot as the sla service publishes it."""
    office = seal(OFFICE, calendar_id=f"{sla_id}.office", version=1)
    digest = content_hash(office)
    return {
        "schema": "slaclock.sla/1",
        "sla_id": sla_id,
        "name": sla_id,
        "version": 1,
        "effective_from": "1970-01-01T00:00:00Z",
        "calendars": {"office": {"hash": digest, "calendar_id": f"{sla_id}.office", "version": 1}},
        "calendar_snapshots": {digest: office},
        "targets": [
            {
                "metric": "first_response",
                "priority": None,
                "minutes": minutes // 4,
                "calendar": calendar,
            },
            {"metric": "resolution", "priority": None, "minutes": minutes, "calendar": calendar},
        ],
        "pause": {"resolution": ["waiting_on_customer"], "first_response": ["waiting_on_customer"]},
        "reopen": {"resolution": "resume", "first_response": "keep"},
        "thresholds": ["percent:50", "percent:75", "percent:90", "percent:100"],
        "escalations": [],
        **more,
    }


def message(tenant: str, data: dict[str, Any]) -> Received:
    return Received(
        "TICKETS",
        f"sla.ticket.updated.v1.{tenant}",
        1,
        1,
        datetime.now(UTC),
        None,
        orjson.dumps(data),
    )


def fact(
    kind: str,
    ticket: str,
    at: datetime | str,
    *,
    tenant: str = "acme",
    event_id: str | None = None,
    origin: str | None = None,
    run: str | None = None,
    sequence: int = 0,
    **data: Any,
) -> Reported:
    """A fact as the inlet hands it over."""
    instant = parse_instant(at) if isinstance(at, str) else at
    name = event_id or f"{kind}-{ticket}-{instant.isoformat()}-{sorted(data)}"
    body: dict[str, Any] = {"changes": data} if kind == "updated" else dict(data)
    body["ticket_id"] = ticket
    at_us = to_us(instant)
    return Reported(
        key=(tenant, ticket),
        fact_key=hashlib.sha256(canonical(["/desk", name])).digest(),
        source="/desk",
        event_id=name,
        kind=kind,
        at_us=at_us,
        sequence=sequence,
        data=body,
        content_hash=hashlib.sha256(canonical([kind, at_us, str(sequence), body])).digest(),
        origin=origin,
        correlation_id=run,
        message=message(tenant, body),
    )


def opened(ticket: str, at: datetime | str, **more: Any) -> Reported:
    data = {"priority": "P2", "status": "open"}
    return fact("opened", ticket, at, **{**data, **more})


def status(ticket: str, at: datetime | str, name: str, **more: Any) -> Reported:
    return fact("updated", ticket, at, status=name, **more)


def replied(ticket: str, at: datetime | str, **more: Any) -> Reported:
    return fact("replied", ticket, at, author="agent", public=True, person=None, **more)


class Desk:
    """Everything that a test does to ticket-clock."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.parking = Parking(pool, "ticket-clock")
        self.rulebooks = Rulebooks()
        self.terms_ready = True
        self.reconciler = Reconciler(self._begin, self.rulebooks, lambda: self.terms_ready)

    def _begin(self, tenants: Collection[str]) -> AbstractAsyncContextManager[PgWork]:
        return begin_work(self.pool, self.parking, tenants)

    async def take(self, *facts: Reported) -> int:
        return await self.reconciler.take_facts(facts, DURABLE)

    async def publish(
        self, snapshot: dict[str, Any], tenant: str = "acme", *, default: bool = True
    ) -> str:
        body = canonical(snapshot)
        digest = hashlib.sha256(body).hexdigest()
        told: list[Snapshot | Entry] = [Snapshot(tenant, digest, snapshot["sla_id"], 1, body)]
        if default:
            told.append(self.entry(tenant, f"default-{digest}", "default", agreement=digest))
        async with begin_terms(self.pool, {tenant}) as work:
            await learn(work, told)
        return digest

    async def bind(
        self, tenant: str, contract: str, customer: str, digest: str, since: datetime
    ) -> None:
        entry = self.entry(
            tenant,
            f"contract-{contract}",
            "contract",
            since,
            agreement=digest,
            contract_id=contract,
            customer_id=customer,
        )
        async with begin_terms(self.pool, {tenant}) as work:
            await learn(work, [entry])

    def entry(
        self, tenant: str, name: str, kind: str, since: datetime = LONG_AGO, **body: Any
    ) -> Entry:
        document = {
            "entry_id": name,
            "kind": kind,
            "effective_from": rfc3339(since),
            "mode": "keep",
            **body,
        }
        return Entry(tenant, name, kind, since, since, "keep", content_hash(document), document)

    async def learn(self, *entries: Entry) -> None:
        async with begin_terms(self.pool, {entry.tenant for entry in entries}) as work:
            await learn(work, entries)

    async def judge(self, horizon: datetime | None = None, *, provisional: bool = False) -> int:
        """Judge everything that is due."""
        total = 0
        while judged := await judge_due(
            PgWakes(self.pool), self.reconciler, Horizon(horizon, provisional)
        ):
            total += judged
        return total

    async def end_import(self, run: str, tenant: str = "acme") -> None:
        """The marker, and what follows from it."""
        await PgImports(self.pool).end(tenant, run)
        await self.judge()

    async def sweep(self) -> int:
        """Bring everything that is behind up to its terms."""
        total = 0
        while done := await catch_up_behind(PgWakes(self.pool), self.reconciler):
            total += done
        return total

    async def status(
        self, ticket: str, tenant: str = "acme", known_at: datetime | None = None
    ) -> dict[str, Any]:
        async with self._begin({tenant}) as work:
            scene = await Answers(work, self.rulebooks, tenant).scene(ticket, known_at)
        return scene.status(terms_ready=self.terms_ready)

    async def clock(
        self, ticket: str, metric: str = "resolution", tenant: str = "acme"
    ) -> dict[str, Any]:
        found = [c for c in (await self.status(ticket, tenant))["clocks"] if c["metric"] == metric]
        clock: dict[str, Any] = found[-1]
        return clock

    async def events(self, tenant: str = "acme", ticket: str | None = None) -> list[dict[str, Any]]:
        """CLOCK events promised so far, in their order."""
        async with begin(self.pool, {tenant}) as connection:
            rows = await connection.fetch(
                "SELECT body FROM outbox WHERE stream = 'CLOCK' ORDER BY position"
            )
        found = [orjson.loads(row["body"]) for row in rows]
        return [event for event in found if ticket in (None, event["subject"])]

    async def told(
        self, ticket: str, tenant: str = "acme"
    ) -> list[tuple[str, str | None, int | None]]:
        """(kind, threshold, n) of announcements and retractions about the resolution clock."""
        return [
            (
                event["data"]["change"]["kind"],
                event["data"]["change"]["threshold"],
                event["data"]["change"]["n"],
            )
            for event in await self.events(tenant, ticket)
            if event["data"]["metric"] == "resolution"
            and event["data"]["change"]["kind"] in {"threshold_crossed", "breached", "retracted"}
        ]

    async def parked(self, tenant: str = "acme") -> list[str]:
        async with begin(self.pool, {tenant}) as connection:
            return [
                row["code"]
                for row in await connection.fetch("SELECT code FROM parked ORDER BY code")
            ]

    async def rows(self, query: str, *values: Any, tenants: Sequence[str] = ("acme",)) -> list[Any]:
        async with begin(self.pool, set(tenants)) as connection:
            return list(await connection.fetch(query, *values))

    async def now(self) -> datetime:
        found: datetime = await self.pool.fetchval("SELECT clock_timestamp()")
        return found.astimezone(UTC)


def ago(now: datetime, **amount: float) -> datetime:
    return now - timedelta(**amount)
