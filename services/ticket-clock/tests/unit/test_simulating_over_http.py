"""Simulations over HTTP: what is asked, how it is told, and when it ends. The simulator is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import httpx
import orjson
import pytest
from fastapi import FastAPI

from slaclock.auth import Principal, Role
from slaclock.contracts.canonical import content_hash
from slaclock.contracts.sealing import (
    CalendarSealIn,
    CalendarSealOut,
    SealFinding,
    SlaSealIn,
    SlaSealOut,
)
from slaclock.errors import Fault
from slaclock.http import create_app
from slaclock.messaging.asking import Declined, NoAnswer
from slaclock.service import Late
from slaclock.settings import PlatformSettings
from slaclock.testing import eventually
from ticket_clock_service.api.edge import Edge
from ticket_clock_service.api.routes import routes
from ticket_clock_service.domain.simulation import Question, Scope, Simulation, Tickets
from ticket_clock_service.usecases.candidates import Candidates
from ticket_clock_service.usecases.simulate import Progress, SimulationBusy, Simulator

from ..desk import sla

PATH = "/ticket-clock/v1/simulations"
MARCH = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
GOLD = sla("gold", minutes=60)
FILE = {"schema": "slaclock.sla/1", "sla_id": "gold", "targets": []}
OFFICE = {"schema": "slaclock.calendar/1", "calendar_id": "uk", "version": 3, "name": "UK"}
LINES = {"accept": "application/x-ndjson"}


class Told(Simulator):
    """Says that it is half done, waits for `go`, and answers what `ends` says."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.go = asyncio.Event()
        self.go.set()
        self.refuses: Exception | None = None
        self.fails: Exception | None = None
        self.cancelled = False

    async def run(self, question: Question, progress: Progress) -> Simulation:
        self.questions.append(question)
        if self.refuses is not None:
            raise self.refuses
        progress(0, 4)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        progress(2, 4)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if self.fails is not None:
            raise self.fails
        return Simulation(question, 1_000_000, Scope.ALL, Tickets(4, 4), (), (), ())


class Seals:
    """The other services: they answer with `finding`, or raise `no`."""

    def __init__(self) -> None:
        self.asked: list[SlaSealIn | CalendarSealIn] = []
        self.no: Exception | None = None

    async def sla(self, tenant: str, asked: SlaSealIn) -> SlaSealOut:
        assert tenant == "acme"
        self._take(asked)
        return SlaSealOut(
            sla_id="gold",
            version=asked.version,
            name="Gold",
            hash=content_hash(GOLD),
            snapshot=GOLD,
            findings=[
                SealFinding(
                    severity="warning", code="c", path="p", value=1, message="m", remedy="r"
                )
            ],
        )

    async def calendar(self, tenant: str, asked: CalendarSealIn) -> CalendarSealOut:
        assert tenant == "acme"
        self._take(asked)
        return CalendarSealOut(
            calendar_id="uk",
            version=3,
            name="UK",
            hash=content_hash(OFFICE),
            snapshot=OFFICE,
            findings=[],
        )

    def _take(self, asked: SlaSealIn | CalendarSealIn) -> None:
        self.asked.append(asked)
        if self.no is not None:
            raise self.no


class Anybody:
    """The credential names the role."""

    async def principal(self, credential: str) -> Principal:
        return Principal("acme", Role(credential), "tester")


@pytest.fixture
def simulator() -> Told:
    return Told()


@pytest.fixture
def seals() -> Seals:
    return Seals()


@pytest.fixture
def app(simulator: Told, seals: Seals) -> FastAPI:
    late: Late[Edge] = Late("its start")
    edge = SimpleNamespace(simulator=simulator, candidates=Candidates(seals.sla, seals.calendar))
    late.arrive(cast("Edge", edge))

    @asynccontextmanager
    async def nothing(_: FastAPI) -> AsyncIterator[None]:
        yield

    return create_app(
        "ticket-clock",
        nothing,
        [routes(late)],
        tuple,
        settings=PlatformSettings(),
        authenticator=Anybody(),
    )


@pytest.fixture
async def ask(app: FastAPI) -> AsyncIterator[Callable[..., Any]]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:

        async def post(body: Any, role: str = "manager", **headers: str) -> httpx.Response:
            return await client.post(
                PATH, json=body, headers={"authorization": f"Bearer {role}", **headers}
            )

        yield post


def lines(answer: httpx.Response) -> list[Any]:
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [orjson.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize(
    ("candidate", "asked", "version"),
    [
        pytest.param({"sla": FILE}, SlaSealIn(sla=FILE), None, id="a file"),
        pytest.param(
            {"sla": {"sla_id": "gold", "version": 2}},
            SlaSealIn(sla_id="gold", version=2),
            2,
            id="a version",
        ),
        pytest.param(
            {"sla": {"sla_id": "gold", "draft": True}},
            SlaSealIn(sla_id="gold", draft=True),
            None,
            id="a draft",
        ),
        pytest.param(
            {"calendar": {"calendar_id": "uk"}},
            CalendarSealIn(calendar_id="uk"),
            3,
            id="the newest version of a calendar",
        ),
        pytest.param(
            {"calendar": {"calendar_id": "uk", "timezone": "UTC"}},
            CalendarSealIn(calendar={"calendar_id": "uk", "timezone": "UTC"}),
            3,
            id="a calendar's document",
        ),
    ],
)
async def test_a_candidate_is_sealed_by_its_service(
    ask: Callable[..., Any],
    simulator: Told,
    seals: Seals,
    candidate: dict[str, Any],
    asked: SlaSealIn | CalendarSealIn,
    version: int | None,
) -> None:
    answer = await ask({**candidate, **MARCH, "examples": 3})
    assert answer.status_code == 200, answer.text
    assert seals.asked == [asked]
    (question,) = simulator.questions
    assert (question.tenant, question.examples, question.scope) == ("acme", 3, Scope.BOUND)
    assert (question.to_us - question.from_us) // 86_400_000_000 == 31
    found = answer.json()
    assert found["candidate"]["version"] == version
    assert found["candidate"]["hash"] == question.candidate.digest
    assert (found["scope"], found["scope_asked"]) == ("all", "bound")
    assert len(found["findings"]) == ("sla" in candidate)


async def test_with_lines_it_tells_how_far_it_is(ask: Callable[..., Any], simulator: Told) -> None:
    told = lines(await ask({"sla": FILE, **MARCH}, **LINES))
    assert told[:-1] == [{"progress": {"done": n, "of": 4}} for n in (0, 2)]
    assert told[-1]["result"] == (await ask({"sla": FILE, **MARCH})).json()


@pytest.mark.parametrize("headers", [pytest.param({}, id="JSON"), pytest.param(LINES, id="lines")])
async def test_what_is_refused_before_it_begins_has_its_status(
    ask: Callable[..., Any], simulator: Told, headers: dict[str, str]
) -> None:
    simulator.refuses = SimulationBusy()
    answer = await ask({"sla": FILE, **MARCH}, **headers)
    assert (answer.status_code, answer.json()["code"]) == (429, "simulation.busy")
    assert "try again" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        pytest.param(SimulationBusy(), "simulation.busy", 429, id="a refusal"),
        pytest.param(ConnectionRefusedError(111, "no"), "unavailable", 503, id="an outage"),
        pytest.param(RuntimeError("password=geheim"), "internal", 500, id="a fault of ours"),
    ],
)
async def test_what_fails_later_is_told_in_the_last_line(
    ask: Callable[..., Any], simulator: Told, error: Exception, code: str, status: int
) -> None:
    simulator.fails = error
    problem = lines(await ask({"sla": FILE, **MARCH}, **LINES))[-1]["problem"]
    assert (problem["code"], problem["status"]) == (code, status)
    assert "geheim" not in str(problem)


@pytest.mark.parametrize("headers", [pytest.param({}, id="JSON"), pytest.param(LINES, id="lines")])
async def test_it_ends_when_its_client_goes(
    app: FastAPI, simulator: Told, headers: dict[str, str]
) -> None:
    simulator.go.clear()
    gone = asyncio.Event()
    body = [{"type": "http.request", "body": orjson.dumps({"sla": FILE, **MARCH})}]

    async def receive() -> Any:
        if body:
            return body.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None: ...

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "method": "POST",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "headers": [
            (b"authorization", b"Bearer manager"),
            (b"content-type", b"application/json"),
            *((name.encode(), value.encode()) for name, value in headers.items()),
        ],
    }
    request = asyncio.create_task(cast("Any", app)(scope, receive, send))
    await eventually(lambda: bool(simulator.questions))
    gone.set()
    await asyncio.wait_for(request, 10)
    await eventually(lambda: simulator.cancelled)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("sla", {"sla": FILE}, id="sla"),
        pytest.param("calendar", {"calendar": {"calendar_id": "uk"}}, id="calendar"),
    ],
)
async def test_while_a_service_is_away_the_remedy_is_a_snapshot(
    ask: Callable[..., Any], seals: Seals, kind: str, body: dict[str, Any]
) -> None:
    seals.no = NoAnswer("nobody listens")
    answer = await ask({**body, **MARCH})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    (fault,) = answer.json()["errors"]
    assert fault["field"] == kind
    assert "`snapshot`" in fault["remedy"]


async def test_a_refusal_of_the_other_service_names_the_field_of_the_request(
    ask: Callable[..., Any], seals: Seals
) -> None:
    seals.no = Declined(
        faults=[Fault("targets[0].minutes", 0, "is too small", "write 1", "sla.x")],
        code="sla.invalid",
        status=422,
    )
    answer = await ask({"sla": FILE, **MARCH})
    assert (answer.status_code, answer.json()["code"]) == (422, "sla.invalid")
    assert answer.json()["errors"][0]["field"] == "sla.targets[0].minutes"
    seals.no = Declined("there is no sla version 'gold'", code="sla-version.not-found", status=404)
    missing = await ask({"sla": {"sla_id": "gold"}, **MARCH})
    assert (missing.status_code, missing.json()["code"]) == (404, "sla-version.not-found")


@pytest.mark.parametrize("role", ["viewer", "technician", "service"])
async def test_only_managers_and_administrators_simulate(
    ask: Callable[..., Any], role: str
) -> None:
    answer = await ask({"sla": FILE, **MARCH}, role=role)
    assert (answer.status_code, answer.json()["code"]) == (403, "role.insufficient")


@pytest.mark.parametrize("document", [pytest.param(GOLD, id="SLA"), pytest.param(OFFICE, id="cal")])
async def test_a_sealed_snapshot_needs_nobody(
    ask: Callable[..., Any], seals: Seals, simulator: Told, document: dict[str, Any]
) -> None:
    digest = content_hash(document)
    answer = await ask({"snapshot": document, "hash": digest, **MARCH})
    assert answer.status_code == 200, answer.text
    assert seals.asked == []
    assert answer.json()["candidate"]["version"] == document["version"]
    assert simulator.questions[0].candidate.digest == digest


def spoilt(**more: Any) -> dict[str, Any]:
    return {**sla("gold", minutes=60), **more}


def faults(answer: httpx.Response) -> Collection[str]:
    return {one["field"] for one in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("snapshot", "fields"),
    [
        pytest.param({}, {"snapshot.schema"}, id="nothing"),
        pytest.param({**GOLD, "schema": "x"}, {"snapshot.schema"}, id="another schema"),
        pytest.param(spoilt(version=0), {"snapshot.version"}, id="version 0"),
        pytest.param(spoilt(targets=[]), {"snapshot.targets"}, id="no targets"),
        pytest.param(
            spoilt(targets=[{"metric": "x", "minutes": 10**15, "calendar": "24x7"}]),
            {"snapshot.targets[0].metric", "snapshot.targets[0].minutes"},
            id="an unknown metric, and beyond all time",
        ),
        pytest.param(
            spoilt(targets=[{"metric": "resolution", "minutes": 5, "calendar": "moon"}]),
            {"snapshot.targets[0].calendar"},
            id="a calendar that is not there",
        ),
        pytest.param(
            spoilt(calendars={}, calendar_snapshots={"a" * 64: {"timezone": "UTC"}}),
            {f"snapshot.calendar_snapshots.{'a' * 64}"},
            id="a calendar under a false hash",
        ),
        pytest.param(
            spoilt(calendars={"x": {"hash": "b" * 64}}),
            {"snapshot.calendars.x.hash"},
            id="a hash of nothing",
        ),
        pytest.param(spoilt(reopen={"resolution": "x"}), {"snapshot.reopen.resolution"}, id="rule"),
        pytest.param(
            spoilt(metrics={"resolution": {"starts": ["now"]}}),
            {"snapshot.metrics.resolution.starts[0]", "snapshot.metrics.resolution.fulfils"},
            id="what begins a clock",
        ),
        pytest.param(spoilt(agreement_type="x"), {"snapshot.agreement_type"}, id="a type"),
        pytest.param(spoilt(agreement_type="ola"), {"snapshot.group"}, id="an OLA of nobody"),
        pytest.param({**OFFICE, "calendar_id": 5}, {"snapshot.calendar_id"}, id="a calendar's id"),
    ],
)
async def test_snapshots_are_read_strictly(
    ask: Callable[..., Any], snapshot: dict[str, Any], fields: set[str]
) -> None:
    answer = await ask({"snapshot": snapshot, **MARCH})
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "simulation.snapshot-unusable"
    assert faults(answer) == fields


async def test_a_snapshot_that_would_take_all_memory_is_refused(
    ask: Callable[..., Any], simulator: Told
) -> None:
    minutes = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]
    windows = [
        {"weekday": day, "start": start, "end": end}
        for day in range(7)
        for start, end in zip(minutes[::20], minutes[1::20], strict=True)
    ]
    fine = [{"timezone": "UTC", "calendar_id": name, "windows": windows} for name in ("a", "b")]
    snapshot = spoilt(calendars={}, calendar_snapshots={content_hash(one): one for one in fine})
    answer = await ask({"snapshot": snapshot, **MARCH})
    assert (answer.status_code, answer.json()["code"]) == (422, "simulation.too-fine")
    assert simulator.questions == []


async def test_a_snapshot_with_another_hash_is_refused(ask: Callable[..., Any]) -> None:
    answer = await ask({"snapshot": GOLD, "hash": "c" * 64, **MARCH})
    assert (answer.status_code, answer.json()["code"]) == (422, "simulation.snapshot-unusable")
    assert faults(answer) == {"hash"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(MARCH, id="no candidate"),
        pytest.param({"sla": FILE, "calendar": {}, **MARCH}, id="two candidates"),
        pytest.param({"sla": FILE, "hash": "a" * 64, **MARCH}, id="a hash of nothing"),
        pytest.param({"sla": FILE, "from": MARCH["to"], "to": MARCH["from"]}, id="backwards"),
        pytest.param({"sla": FILE, "from": MARCH["to"], "to": MARCH["to"]}, id="no time"),
        pytest.param({"sla": FILE, "from": "2026-03-01", "to": MARCH["to"]}, id="a date"),
        pytest.param({"sla": FILE, **MARCH, "scope": "some"}, id="an unknown scope"),
        pytest.param({"sla": FILE, **MARCH, "examples": 1001}, id="too many examples"),
        pytest.param({"sla": FILE, **MARCH, "exampels": 1}, id="a key that means nothing"),
        pytest.param({"sla": {}, **MARCH}, id="an SLA that is none"),
        pytest.param({"sla": {"sla_id": "x", "draft": "yes"}, **MARCH}, id="a word for a bool"),
        pytest.param({"sla": {"sla_id": "x", "draft": True, "version": 1}, **MARCH}, id="both"),
    ],
)
async def test_malformed_questions(
    ask: Callable[..., Any], simulator: Told, body: dict[str, Any]
) -> None:
    answer = await ask(body)
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert simulator.questions == []
    assert all(one["remedy"] for one in answer.json()["errors"])


async def test_a_window_that_ends_first_is_told_of_its_end(ask: Callable[..., Any]) -> None:
    answer = await ask({"sla": FILE, "from": MARCH["to"], "to": MARCH["from"]})
    assert faults(answer) == {"to"}
