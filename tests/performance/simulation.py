"""How long a simulation takes: 100,000 stored tickets, beside folding each of them."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unittest import mock

import asyncpg
import orjson
from tests.performance.measuring import Meter
from tests.performance.workload import LATE, LATE_STEPS, OFFICE, SCRIPTS, STEPS, opening

from slaclock.business_time import seal
from slaclock.contracts.canonical import canonical, canonical_plain, content_hash, sha256_hex
from slaclock.contracts.instants import to_us
from slaclock.embedded.postgres import PostgresServer
from slaclock.messaging.parking import Parking
from slaclock.store import Pool, open_pool
from slaclock.testing.databases import Databases
from ticket_clock_service.domain.codec import picture_bytes
from ticket_clock_service.domain.fact import AnyFact, fact_of
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.picture import FOLD_VERSION, Picture
from ticket_clock_service.domain.simulation import Candidate, Kind, Question, Scope, Simulation
from ticket_clock_service.domain.spans import Spans
from ticket_clock_service.main import service
from ticket_clock_service.store.simulations import begin_simulation
from ticket_clock_service.store.terms import begin_terms
from ticket_clock_service.store.work import begin_work
from ticket_clock_service.usecases.learn_terms import Entry, Snapshot, learn
from ticket_clock_service.usecases.rulebooks import Rulebooks
from ticket_clock_service.usecases.simulate import Simulator

__all__ = ["Simulations", "measure_simulation"]

TENANT: Final = "bench"
SOURCE: Final = "https://bench.desk.example/tickets"
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
BEGINS: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
_YEAR: Final = timedelta(days=270)
STORIES: Final = 2_000
"""Different tickets; the others are copies with another id and customer."""
FOLDED: Final = 5
"""Folding each is measured on a part of the tickets, one in so many."""
PRIORITIES: Final = ("P2", "P3", "P4")

_TICKET_COLUMNS: Final = (
    *("tenant_id", "ticket_id", "revision", "state", "terms_revision", "fold_version"),
    *("recorded_at", "fact_count", "is_open", "clock_state"),
)

Say = Callable[[str], None]
Row = tuple[str, int, dict[str, Any], str]
"""(kind, at_us, data, event id)."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One simulation: seconds on the wall, CPU seconds, and what it found."""

    seconds: float
    python: float
    postgres: float
    longest_ms: float
    found: Simulation

    def document(self) -> dict[str, Any]:
        """For JSON."""
        tickets = self.found.tickets
        return {
            "tickets": tickets.simulated,
            "by_batch": tickets.by_batch,
            "by_fold": tickets.by_fold,
            "seconds": round(self.seconds, 2),
            "cpu_us_per_ticket": {
                "python": round(self.python * 1e6 / tickets.simulated, 1),
                "postgres": round(self.postgres * 1e6 / tickets.simulated, 1),
            },
            "longest_hold_ms": round(self.longest_ms, 1),
        }


@dataclass(frozen=True, slots=True)
class Simulations:
    """An SLA, a calendar, and an SLA with every ticket folded."""

    facts: int
    sla: Timed
    calendar: Timed
    folded: Timed

    def document(self) -> dict[str, Any]:
        """For JSON."""
        one, other = self.sla, self.folded
        count, folded = one.found.tickets.simulated, other.found.tickets.simulated
        return {
            "facts": self.facts,
            "sla": one.document(),
            "calendar": self.calendar.document(),
            "folded": other.document(),
            "ratio": {
                "python": round((other.python / folded) / (one.python / count), 1),
                "seconds": round((other.seconds / folded) / (one.seconds / count), 1),
            },
        }


async def measure_simulation(
    postgres: PostgresServer, databases: Databases, *, tickets: int, say: Say
) -> Simulations:
    """Store tickets, and simulate with them.

    Args:
        postgres: durable, as in production.
        databases: on it.
        tickets: how many.
        say: is told what happens.
    """
    dsn = databases.create(service())
    pool = await open_pool(dsn, application="bench", patience=60)
    try:
        say(f"storing {tickets:,} tickets")
        in_force = _sla("desk", 1.0)
        await _publish(pool, in_force)
        facts = await _store(pool, databases.admin(dsn), tickets)
        say("simulating a stricter SLA")
        stricter = _candidate(Kind.SLA, _sla("desk", 0.5))
        database = _DatabaseTime(postgres)
        sla = await _timed(pool, database, stricter)
        say("simulating another calendar")
        windows = [{"weekday": day, "start": "09:00", "end": "17:00"} for day in range(5)]
        hours = seal({**OFFICE, "windows": windows}, calendar_id="office", version=2)
        calendar = await _timed(pool, database, _candidate(Kind.CALENDAR, hours))
        say("folding each")
        with mock.patch.object(Spans, "read", return_value=None):
            folded = await _timed(pool, database, stricter, until=BEGINS + _YEAR / FOLDED)
        return Simulations(facts, sla, calendar, folded)
    finally:
        await pool.close()
        databases.drop(dsn)


class _DatabaseTime:
    """CPU seconds of PostgreSQL and all its sessions."""

    def __init__(self, postgres: PostgresServer) -> None:
        if postgres.process is None:
            raise RuntimeError("the server does not run")
        pid = postgres.process.pid
        self._meter = Meter(pid, postgres=pid, nats=pid)

    def read(self) -> float:
        return self._meter.read().postgres


async def _timed(
    pool: Pool, database: _DatabaseTime, candidate: Candidate, until: datetime = BEGINS + _YEAR
) -> Timed:
    """One simulation, and how long the event loop is kept waiting meanwhile at worst."""
    parking = Parking(pool, "ticket-clock")
    simulator = Simulator(
        lambda tenants: begin_simulation(pool, parking, tenants), Rulebooks(), lambda: True
    )
    window = to_us(BEGINS), to_us(until)
    question = Question(TENANT, candidate, *window, scope=Scope.BOUND, examples=20)
    held: list[float] = [0.0]
    gc.collect()
    gc.freeze()  # as a service does when it starts
    watch = asyncio.create_task(_watch(held))
    used, python, begun = database.read(), time.process_time(), time.perf_counter()
    found = await simulator.run(question, lambda _done, _of: None)
    seconds, python = time.perf_counter() - begun, time.process_time() - python
    watch.cancel()
    gc.unfreeze()
    return Timed(seconds, python, database.read() - used, max(held) * 1000, found)


async def _watch(held: list[float]) -> None:
    """How much later than asked for the event loop comes back."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        held.append(time.perf_counter() - before - 0.001)


async def _publish(pool: Pool, snapshot: dict[str, Any]) -> None:
    body = canonical(snapshot)
    digest = sha256_hex(body)
    document = {
        "entry_id": "default",
        "kind": "default",
        "effective_from": "1970-01-01T00:00:00Z",
        "mode": "keep",
        "agreement": digest,
    }
    hashed = content_hash(document)
    async with begin_terms(pool, {TENANT}) as work:
        entry = Entry(TENANT, "default", "default", LONG_AGO, LONG_AGO, "keep", hashed, document)
        await learn(work, [Snapshot(TENANT, digest, "desk", 1, body), entry])


async def _store(pool: Pool, admin_dsn: str, tickets: int) -> int:
    """Tickets with their facts and pictures, copied in; answers how many facts."""
    parking, dice = Parking(pool, "ticket-clock"), random.Random(7)
    async with begin_work(pool, parking, {TENANT}) as work:
        _, revisions = await work.now_and_terms([TENANT])
        rulebook = (await Rulebooks().of(work, revisions))[TENANT]
    stories = []
    for number in range(min(STORIES, tickets)):
        rows = list(_story(dice, number))
        facts = [_fact(row, place) for place, row in enumerate(rows)]
        stories.append((rows, fold(facts, rulebook)))
    now, told = datetime.now(UTC), []
    admin = await asyncpg.connect(admin_dsn)
    try:
        for low in range(0, tickets, 5_000):
            ids = range(low, min(low + 5_000, tickets))
            named = [(f"T{number:07}", *stories[number % len(stories)]) for number in ids]
            told += [len(rows) for _, rows, _ in named]
            await admin.copy_records_to_table(
                "ticket",
                records=[_ticket_row(name, picture, len(rows)) for name, rows, picture in named],
                columns=_TICKET_COLUMNS,
            )
            await admin.copy_records_to_table(
                "fact",
                records=[one for name, rows, _ in named for one in _fact_rows(name, rows, now)],
            )
        await admin.execute("VACUUM ANALYZE ticket")
        await admin.execute("VACUUM ANALYZE fact")
    finally:
        await admin.close()
    return sum(told)


def _story(dice: random.Random, number: int) -> Iterator[Row]:
    """A ticket as the workload of the event path has them, at any time of most of a year."""
    weights = [*(weight for weight, _ in SCRIPTS), LATE]
    chosen = dice.choices(range(len(weights)), weights)[0]
    late = chosen == len(SCRIPTS)
    steps = LATE_STEPS if late else SCRIPTS[chosen][1]
    at = BEGINS + timedelta(seconds=dice.randrange(int(_YEAR.total_seconds())))
    given = opening(dice, "P1" if late else dice.choice(PRIORITIES))
    yield (
        "opened",
        to_us(at),
        {**given, "customer_id": f"customer-{dice.randrange(200)}"},
        f"{number}-0",
    )
    for place, (minutes, what) in enumerate(steps, 1):
        at += timedelta(seconds=dice.randrange(1, 60 * 60 * minutes // 5))
        kind, data = STEPS[what]
        yield kind, to_us(at), data, f"{number}-{place}"


def _fact(row: Row, sequence: int) -> AnyFact:
    kind, at, data, name = row
    return fact_of(kind, data, source=SOURCE, id=name, at=at, sequence=sequence)


def _ticket_row(name: str, picture: Picture, facts: int) -> tuple[Any, ...]:
    state = "active" if picture.running else "closed"
    now = datetime.now(UTC)
    shape = picture_bytes(picture)
    return (TENANT, name, 1, shape, 1, FOLD_VERSION, now, facts, picture.running, state)


def _fact_rows(ticket: str, rows: Sequence[Row], now: datetime) -> Iterator[tuple[Any, ...]]:
    for sequence, (kind, at, data, name) in enumerate(rows):
        body = orjson.dumps({"ticket_id": ticket, **data}).decode()
        key = hashlib.sha256(canonical_plain((SOURCE, name))).digest()
        yield TENANT, ticket, key, SOURCE, name, kind, at, sequence, body, key, None, None, now


def _candidate(kind: Kind, snapshot: Mapping[str, Any]) -> Candidate:
    return Candidate(kind, content_hash(snapshot), snapshot)


def _sla(sla_id: str, factor: float) -> dict[str, Any]:
    """Targets that tickets of the workload meet or miss, times *factor*."""
    office = seal(OFFICE, calendar_id="office", version=1)
    digest = content_hash(office)
    rows = [
        ("first_response", "P1", 60, "24x7"),
        ("first_response", None, 480, "office"),
        ("resolution", "P1", 480, "24x7"),
        ("resolution", "P2", 960, "office"),
        ("resolution", None, 2400, "office"),
    ]
    return {
        "schema": "slaclock.sla/1",
        "sla_id": sla_id,
        "name": "Desk",
        "version": 1 if factor == 1 else 2,
        "effective_from": "1970-01-01T00:00:00Z",
        "calendars": {"office": {"hash": digest, "calendar_id": "office", "version": 1}},
        "calendar_snapshots": {digest: office},
        "targets": [
            {"metric": metric, "priority": one, "minutes": int(minutes * factor), "calendar": name}
            for metric, one, minutes, name in rows
        ],
        "pause": {"resolution": ["waiting_on_customer"], "first_response": []},
        "reopen": {"resolution": "resume", "first_response": "keep"},
        "thresholds": ["percent:50", "percent:75", "percent:90", "percent:100"],
        "escalations": [],
    }
