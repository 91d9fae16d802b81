"""The public client: batches, repeats, typed answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from slaclock.client import ApiRefusal, ApiUnreachable, InvalidInput, SlaClient

Handler = Callable[[httpx.Request], httpx.Response]


class Platform:
    """Answers what a test says, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: list[httpx.Response | Exception] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def answer(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_: float) -> None: ...

    monkeypatch.setattr(asyncio, "sleep", at_once)


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def client(platform: Platform) -> AsyncIterator[SlaClient]:
    transport = httpx.MockTransport(platform)
    async with SlaClient("http://sla.example", "key", transport=transport) as made:
        yield made


def taken(accepted: int, rejected: list[dict[str, Any]] | None = None) -> httpx.Response:
    document = {"accepted": accepted, "duplicates": 0, "rejected": rejected or []}
    return httpx.Response(202, json=document)


def rejection(index: int) -> dict[str, Any]:
    return {"index": index, "code": "event.malformed", "field": "id", "value": 3, "message": "m"}


async def test_events_go_to_the_intake(client: SlaClient, platform: Platform) -> None:
    platform.answer(taken(1))

    result = await client.publish([{"id": "e1"}])

    assert (result.accepted, result.rejected) == (1, ())
    (request,) = platform.asked
    assert request.url.path == "/ticket-clock/v1/events"
    assert request.headers["content-type"] == "application/cloudevents-batch+json"
    assert request.headers["authorization"] == "Bearer key"
    assert json.loads(request.content) == [{"id": "e1"}]


async def test_many_events_go_in_batches(client: SlaClient, platform: Platform) -> None:
    platform.answer(taken(1000), taken(998, [rejection(0), rejection(7)]), taken(1))

    result = await client.publish([{"id": str(number)} for number in range(2001)])

    assert [len(json.loads(request.content)) for request in platform.asked] == [1000, 1000, 1]
    assert result.accepted == 1999
    assert [one.index for one in result.rejected] == [1000, 1007], "counted over all batches"


async def test_large_events_go_in_smaller_batches(client: SlaClient, platform: Platform) -> None:
    platform.answer(taken(1))

    await client.publish([{"id": "x" * 60_000} for _ in range(80)])

    assert len(platform.asked) == 3
    assert all(len(request.content) <= 2 * 1024 * 1024 for request in platform.asked)


async def test_no_events_ask_nothing(client: SlaClient, platform: Platform) -> None:
    assert (await client.publish([])).accepted == 0
    assert platform.asked == []


async def test_all_events_refused_is_an_answer(client: SlaClient, platform: Platform) -> None:
    document = {"accepted": 0, "duplicates": 0, "rejected": [rejection(0)]}
    platform.answer(httpx.Response(422, json=document))

    result = await client.publish([{}])

    assert result.rejected[0].code == "event.malformed"


@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(httpx.ConnectError("refused"), id="nobody"),
        pytest.param(httpx.ReadTimeout("slow"), id="slow"),
        pytest.param(httpx.Response(503, json={"detail": "starting"}), id="not ready"),
        pytest.param(httpx.Response(502, text="<html>"), id="a proxy"),
        pytest.param(httpx.Response(429), id="too fast"),
    ],
)
async def test_what_passes_is_tried_again(
    client: SlaClient, platform: Platform, passing: httpx.Response | Exception
) -> None:
    platform.answer(passing, passing, taken(1))

    assert (await client.publish([{"id": "e1"}])).accepted == 1
    assert len(platform.asked) == 3

    platform.answer(passing)
    with pytest.raises(ApiUnreachable):
        await client.publish([{"id": "e1"}])
    assert len(platform.asked) == 3 + 4


async def test_a_refusal_is_final(client: SlaClient, platform: Platform) -> None:
    fault = {"field": "metric", "value": "x", "message": "unknown", "remedy": "use one of ..."}
    problem = {"code": "request.invalid", "detail": "no", "errors": [fault, "odd"]}
    platform.answer(httpx.Response(422, json=problem))

    with pytest.raises(ApiRefusal) as caught:
        await client.compliance(metric="x", begin=date(2026, 1, 1), end=date(2026, 2, 1))

    assert (caught.value.status, caught.value.code) == (422, "request.invalid")
    assert [one.field for one in caught.value.faults] == ["metric"]
    assert len(platform.asked) == 1


async def test_a_failure_is_not_tried_again(client: SlaClient, platform: Platform) -> None:
    platform.answer(httpx.Response(500, json={"detail": "our fault"}))

    with pytest.raises(ApiUnreachable, match="our fault"):
        await client.ticket("INC-1")
    assert len(platform.asked) == 1


async def test_a_ticket(client: SlaClient, platform: Platform) -> None:
    clock = {
        "metric": "resolution",
        "cycle": "first",
        "state": "paused",
        "outcome": "pending",
        "due_at": None,
        "pauses": [{"from": "2026-03-02T09:00:00Z", "to": None, "reasons": ["on_hold"]}],
        "something": "new",
    }
    platform.answer(
        httpx.Response(
            200,
            json={
                "ticket_id": "A/1",
                "revision": 3,
                "as_of": "2026-03-02T09:30:00Z",
                "binding": None,
                "clocks": [clock],
            },
        )
    )

    ticket = await client.ticket("A/1", as_known_at=datetime(2026, 3, 2, 9, tzinfo=UTC))

    assert ticket.clocks[0].pauses[0].begin == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert ticket.clocks[0].due_at is None
    assert dict(platform.asked[0].url.params) == {
        "ticket_id": "A/1",
        "as_known_at": "2026-03-02T09:00:00+00:00",
    }


async def test_all_pages_of_tickets(client: SlaClient, platform: Platform) -> None:
    platform.answer(
        httpx.Response(200, json={"items": [{"ticket_id": "A"}], "next": "c"}),
        httpx.Response(200, json={"items": [{"ticket_id": "B"}], "next": None}),
    )

    found = [one["ticket_id"] async for one in client.tickets(risk="HIGH")]

    assert found == ["A", "B"]
    assert dict(platform.asked[1].url.params) == {"risk": "HIGH", "cursor": "c", "limit": "200"}


async def test_explaining_any_id(client: SlaClient, platform: Platform) -> None:
    platform.answer(httpx.Response(200, json={"ticket_id": "a/ü"}))

    assert await client.explain("a/ü") == {"ticket_id": "a/ü"}
    assert dict(platform.asked[0].url.params) == {"ticket_id": "a/ü"}


async def test_compliance(client: SlaClient, platform: Platform) -> None:
    group = {"key": "P1", "met": 3, "breached": 1, "pending": 0, "cancelled": 0, "compliance": 0.75}
    platform.answer(httpx.Response(200, json={"as_of": "2026-03-02T09:30:00Z", "groups": [group]}))

    found = await client.compliance(
        metric="resolution", begin=date(2026, 1, 1), end=date(2026, 2, 1), by="group"
    )

    assert found.groups[0].compliance == 0.75
    assert platform.asked[0].url.params["from"] == "2026-01-01"


async def test_kpis(client: SlaClient, platform: Platform) -> None:
    kpi = {
        "kpi_id": "lead.resolution.month",
        "sla_id": "gold",
        "role": "lead",
        "metric": "resolution",
        "period": "month",
        "from": "2026-03-01",
        "to": "2026-03-31",
        "technician": "ann",
        "target": "97.50",
        "compliance": None,
        "verdict": "no_data",
        "something": "new",
    }
    platform.answer(
        httpx.Response(200, json={"items": [kpi], "next": "c"}),
        httpx.Response(200, json={"items": [kpi | {"technician": None}], "next": None}),
    )

    found = [one async for one in client.kpis(by="technician", begin=date(2026, 3, 1))]

    assert [(one.technician, one.begin, one.target) for one in found] == [
        ("ann", date(2026, 3, 1), Decimal("97.50")),
        (None, date(2026, 3, 1), Decimal("97.50")),
    ]
    asked = {"by": "technician", "from": "2026-03-01", "cursor": "c", "limit": "200"}
    assert dict(platform.asked[1].url.params) == asked
    with pytest.raises(InvalidInput):
        _ = [one async for one in client.kpis(begin=date(2026, 3, 2), end=date(2026, 3, 1))]


def test_a_client_tries_at_least_once() -> None:
    with pytest.raises(ValueError, match="one attempt"):
        SlaClient("http://x", "k", attempts=0)


SIMULATED: dict[str, Any] = {
    "as_of": "2026-05-01T00:00:00Z",
    "from": "2026-03-01T00:00:00Z",
    "to": "2026-04-01T00:00:00Z",
    "scope": "all",
    "scope_asked": "bound",
    "candidate": {"kind": "sla", "id": "gold", "version": None, "name": "Gold", "hash": "a" * 64},
    "tickets": {"considered": 3, "simulated": 3, "unbound": 0, "faulted": 0, "by_batch": 3},
    "metrics": [
        {
            "metric": "resolution",
            "in_force": {"met": 3, "compliance": 1.0},
            "simulated": {"met": 1, "breached": 2, "compliance": 1 / 3},
            "newly_breached": 2,
            "by_priority": [],
            "by_customer": [],
        }
    ],
    "examples": [],
    "faults": [],
    "findings": [],
}


def told(*documents: Any) -> httpx.Response:
    return httpx.Response(200, content=b"".join(json.dumps(d).encode() + b"\n" for d in documents))


async def simulated(client: SlaClient, **more: Any) -> Any:
    begin, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    return await client.simulate(sla={"sla_id": "gold"}, begin=begin, end=end, **more)


async def test_a_simulation_is_followed_to_its_result(
    client: SlaClient, platform: Platform
) -> None:
    progress = [{"progress": {"done": done, "of": 3}} for done in (0, 3)]
    platform.answer(told(*progress, {"result": SIMULATED}))
    seen: list[tuple[int, int]] = []

    found = await simulated(client, progress=lambda done, of: seen.append((done, of)))

    assert seen == [(0, 3), (3, 3)]
    assert found.candidate.version is None
    assert found.metrics[0].simulated.breached == found.metrics[0].newly_breached == 2
    (request,) = platform.asked
    assert request.headers["accept"] == "application/x-ndjson"
    assert json.loads(request.content) == {
        "sla": {"sla_id": "gold"},
        "from": "2026-03-01T00:00:00+00:00",
        "to": "2026-04-01T00:00:00+00:00",
        "scope": "bound",
        "examples": 20,
    }


async def test_a_refusal_for_several_reasons_tells_them_all(
    client: SlaClient, platform: Platform
) -> None:
    faults = [
        {"field": "from", "value": "x", "message": "no date", "remedy": "send a date"},
        {"field": "by", "value": None, "message": "is missing", "remedy": "add it"},
    ]
    document = {"status": 422, "code": "request.invalid", "detail": "2 faults", "errors": faults}
    platform.answer(httpx.Response(422, json=document))
    with pytest.raises(ApiRefusal) as caught:
        await client.ticket("INC-1")
    assert str(caught.value) == (
        "2 faults: from: no date (found 'x'); send a date; by: is missing; add it (request.invalid)"
    )


BUSY = {"status": 429, "code": "simulation.busy", "detail": "another one runs"}
INVALID = {"status": 422, "code": "sla.invalid", "detail": "2 faults"}


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        pytest.param(httpx.Response(429, json=BUSY), ApiUnreachable, "another one runs", id="busy"),
        pytest.param(httpx.Response(422, json=INVALID), ApiRefusal, "sla.invalid", id="refused"),
        pytest.param(told({"problem": INVALID}), ApiRefusal, "sla.invalid", id="refused late"),
        pytest.param(
            told({"progress": {"done": 1, "of": 2}}), ApiUnreachable, "before its result", id="cut"
        ),
        pytest.param(httpx.Response(200, content=b"<"), ApiUnreachable, "<", id="no JSON"),
        pytest.param(httpx.ReadError("gone"), ApiUnreachable, "gone", id="broken"),
    ],
)
async def test_a_simulation_without_a_result(
    client: SlaClient,
    platform: Platform,
    answer: httpx.Response | Exception,
    kind: type[Exception],
    said: str,
) -> None:
    platform.answer(answer)
    with pytest.raises(kind, match=said if said != "<" else None):
        await simulated(client)
    assert len(platform.asked) == 1
