"""The operations of the SLA management design, on a platform that a test sets up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from slaclock.client import (
    ApiDenied,
    ApiRefusal,
    ApiUnreachable,
    BreachType,
    InvalidInput,
    RiskLevel,
    Severity,
    SlaClient,
    SLAService,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def target(metric: str, priority: str | None, minutes: int) -> dict[str, Any]:
    return {"metric": metric, "priority": priority, "minutes": minutes, "calendar": "24x7"}


def sla(sla_id: str, version: int) -> dict[str, Any]:
    return {
        "sla_id": sla_id,
        "version": version,
        "name": sla_id.title(),
        "targets": [
            target("first_response", None, 15),
            target("resolution", "P1", 60),
            target("resolution", None, 240),
        ],
        "escalations": [
            {
                "rule_id": "late",
                "threshold": "percent:100",
                "metric": "resolution",
                "priority": None,
            }
        ],
    }


def clock(ticket: str, **more: Any) -> dict[str, Any]:
    """A breach of half an hour ago; *ago* is in minutes."""
    breached = NOW - timedelta(minutes=more.pop("ago", 30))
    return {
        "ticket_id": ticket,
        "metric": "resolution",
        "cycle": "first",
        "state": "active",
        "outcome": "breached",
        "priority": "P1",
        "assignee": "u17",
        "customer_id": "umbrella",
        "due_at": breached.isoformat(),
        "breached_at": breached.isoformat(),
        "target_minutes": 60,
        "remaining_seconds": -60,
        "sla_id": "gold",
        "sla_version": 2,
        **more,
    }


@dataclass
class Platform:
    """Routes to documents; counts what was asked."""

    breaches: list[dict[str, Any]] = field(default_factory=list)
    at_risk: list[dict[str, Any]] = field(default_factory=list)
    slas: list[dict[str, Any]] = field(default_factory=list)
    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    failing: dict[str, int] = field(default_factory=dict)
    change_count: int = 1
    now: datetime = NOW
    size: int = 200
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:  # noqa: PLR0911 - a line a route
        path = request.url.path
        self.asked.append(path)
        for beginning, status in self.failing.items():
            if path.startswith(beginning):
                return httpx.Response(status, json={"code": "made-up", "detail": "made up"})
        match path.strip("/").split("/"):
            case ["dashboard", "v1", "breaches"]:
                only = request.url.params.get("open") == "true"
                rows = [one for one in self.breaches if not only or one["state"] != "closed"]
                rows.sort(key=lambda one: one["breached_at"], reverse=True)
                return self.page(rows, request)
            case ["dashboard", "v1", "at-risk"]:
                return self.page(self.at_risk, request)
            case ["sla", "v1", "slas"]:
                return httpx.Response(200, json={"items": self.slas, "next": None})
            case ["sla", "v1", "slas", name, "versions", number]:
                published = f"2026-01-0{number}T00:00:00Z"
                row = {"status": "published", "name": "n", "hash": "a" * 64, "sla_id": name}
                more = {"effective_from": published, "published_at": published}
                return httpx.Response(200, json={**row, **more, "version": int(number)})
            case ["sla", "v1", "slas", name, "versions", number, "snapshot"]:
                return httpx.Response(200, json=sla(name, int(number)))
            case ["ticket-clock", "v1", "ticket-sla"]:
                found = self.tickets.get(request.url.params["ticket_id"])
                missing = {"code": "ticket.not-found", "detail": "no such ticket"}
                return httpx.Response(200 if found else 404, json=found or missing)
        raise AssertionError(path)

    def page(self, rows: list[dict[str, Any]], request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("cursor", 0))
        end = start + self.size
        stamp = {"as_of": None, "now": self.now.isoformat(), "change_count": self.change_count}
        more = str(end) if end < len(rows) else None
        return httpx.Response(200, json={"items": rows[start:end], "next": more, **stamp})

    def tells(self, *rows: dict[str, Any]) -> None:
        self.breaches += rows
        self.change_count += 1


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def service(platform: Platform) -> AsyncIterator[SLAService]:
    transport = httpx.MockTransport(platform)
    async with SlaClient("http://sla.example", "key", transport=transport, attempts=1) as made:
        yield SLAService(made)


def summary(sla_id: str, version: int | None, status: str | None = "published") -> dict[str, Any]:
    return {"sla_id": sla_id, "name": sla_id, "latest_version": version, "status": status}


async def test_policies_are_those_of_the_latest_versions(
    service: SLAService, platform: Platform
) -> None:
    platform.slas = [
        summary("draft only", None, None),
        summary("gold", 2),
        summary("old", 1, "retired"),
    ]

    found = await service.get_sla_policies()

    assert [one.id for one in found] == ["gold@2:P1", "gold@2"]
    assert (found[0].response_time_minutes, found[0].resolution_time_hours) == (15, 1)
    assert found[0].business_hours_only is False
    assert (found[0].created_at.day, found[0].updated_at.day) == (1, 2)
    assert [one.rule_id for one in found[0].escalation_rules] == ["late"]

    # a version is read once; a new one is seen at once
    platform.asked.clear()
    assert await service.get_sla_policies() == found
    assert platform.asked == ["/sla/v1/slas"]
    platform.slas = [summary("gold", 3)]
    assert [one.version for one in await service.get_sla_policies()] == [3, 3]


async def test_many_who_ask_at_once_read_a_version_once(
    service: SLAService, platform: Platform
) -> None:
    platform.tickets["A"] = ticket()
    found = await asyncio.gather(*(service.get_ticket_sla_status("A") for _ in range(50)))
    assert {one.sla_policy.id for one in found if one.sla_policy} == {"gold@2:P1"}
    assert sum(path.startswith("/sla") for path in platform.asked) == 3

    platform.failing["/sla"] = 503
    platform.tickets["A"] = ticket(
        binding={"reason": "default", "sla_id": "gold", "sla_version": 3}
    )
    found = await asyncio.gather(*(service.get_ticket_sla_status("A") for _ in range(9)))
    assert {one.is_partial for one in found} == {True}
    platform.failing.clear()
    assert (await service.get_ticket_sla_status("A")).is_partial is False


def ticket(**more: Any) -> dict[str, Any]:
    started = "2026-03-02T11:00:00Z"
    return {
        "ticket_id": "A",
        "revision": 3,
        "as_of": NOW.isoformat(),
        "priority": "P1",
        "risk": "CRITICAL",
        "faults": [],
        "binding": {"reason": "default", "sla_id": "gold", "sla_version": 2},
        "clocks": [
            {
                "metric": "first_response",
                "cycle": "first",
                "state": "closed",
                "outcome": "breached",
                "remaining_seconds": -60,
                "started_at": started,
            },
            {
                "metric": "resolution",
                "cycle": "first",
                "state": "paused",
                "outcome": "pending",
                "remaining_seconds": 90.5,
                "started_at": started,
            },
        ],
        **more,
    }


async def test_a_status(service: SLAService, platform: Platform) -> None:
    platform.tickets["A"] = ticket()

    found = await service.get_ticket_sla_status("A")

    assert found.sla_policy is not None
    assert found.sla_policy.id == "gold@2:P1"
    assert found.response_time_remaining is None, "it is closed"
    assert found.resolution_time_remaining == timedelta(seconds=90.5)
    assert (found.is_response_breached, found.is_resolution_breached) == (True, False)
    assert found.breach_risk_level is RiskLevel.CRITICAL
    assert (found.last_updated, found.is_partial) == (NOW, False)


async def test_the_open_cycle_counts_and_no_ola(service: SLAService, platform: Platform) -> None:
    resolution = ticket()["clocks"][1]
    platform.tickets["A"] = ticket(
        clocks=[
            {**resolution, "state": "closed", "outcome": "breached"},
            {**resolution, "cycle": "2", "state": "active", "remaining_seconds": 5},
            {**resolution, "cycle": "ola:2", "agreement_type": "ola", "remaining_seconds": 1},
        ]
    )
    found = await service.get_ticket_sla_status("A")
    assert found.resolution_time_remaining == timedelta(seconds=5)
    assert found.is_resolution_breached is False


async def test_what_is_missing_makes_a_status_partial(
    service: SLAService, platform: Platform
) -> None:
    fault = {"code": "agreement.missing", "field": "agreement", "message": "m", "remedy": "r"}
    platform.tickets["A"] = ticket(faults=[fault], terms="pending", risk="none")
    platform.failing["/sla"] = 503

    found = await service.get_ticket_sla_status("A")

    assert (found.sla_policy, found.is_partial, found.breach_risk_level) == (None, True, None)
    codes = [one.code for one in found.faults]
    assert codes == ["agreement.missing", "terms.pending", "policy.unavailable"]
    assert found.resolution_time_remaining == timedelta(seconds=90.5)

    platform.failing.clear()
    healed = await service.get_ticket_sla_status("A")
    assert healed.sla_policy is not None


async def test_a_ticket_that_is_bound_to_nothing(service: SLAService, platform: Platform) -> None:
    platform.tickets["A"] = ticket(binding={"reason": "none"}, clocks=[], risk=None)
    found = await service.get_ticket_sla_status("A")
    assert (found.sla_policy, found.resolution_time_remaining) == (None, None)
    assert (found.is_resolution_breached, found.faults) == (False, ())


async def test_what_is_no_answer_is_raised(service: SLAService, platform: Platform) -> None:
    with pytest.raises(ApiRefusal, match=r"ticket\.not-found"):
        await service.get_ticket_sla_status("B")
    platform.tickets["A"] = ticket()
    platform.failing["/sla"] = 401
    with pytest.raises(ApiDenied):
        await service.get_ticket_sla_status("A")
    platform.breaches = [clock("A")]
    with pytest.raises(ApiDenied):
        await service.monitor_sla_breaches()


async def test_potential_breaches(service: SLAService, platform: Platform) -> None:
    due = {"outcome": "pending", "breached_at": None, "due_at": "2026-03-02T12:10:00Z"}
    platform.at_risk = [
        clock("A", **due, remaining_seconds=600),
        clock("B", **due, remaining_seconds=300, sla_id=None),
        clock("C", **due, remaining_seconds=300, agreement_type="ola"),
    ]

    first, second = await service.detect_potential_breaches()

    assert (first.ticket_id, first.breach_type) == ("A", BreachType.RESOLUTION)
    assert first.time_remaining == timedelta(minutes=10)
    assert first.breach_risk_level is RiskLevel.HIGH
    assert first.sla_policy is not None
    assert (second.breach_risk_level, second.sla_policy) == (RiskLevel.CRITICAL, None)


async def test_breaches_now(service: SLAService, platform: Platform) -> None:
    platform.size = 2
    platform.tells(
        clock("closed", state="closed", ago=5),
        clock("A", ago=10),
        clock("B", ago=20, priority="P7", metric="first_response", state="paused"),
        clock("C", ago=30, sla_id=None, severity="LOW", customer_impact="one site", assignee=None),
        clock("E", ago=35, severity="odd"),
        clock("D", ago=40, agreement_type="ola"),
    )

    first, second, third, odd = await service.monitor_sla_breaches()

    assert (first.ticket_id, first.technician_id, first.customer_id) == ("A", "u17", "umbrella")
    assert (first.breach_type, first.severity) == (BreachType.RESOLUTION, Severity.CRITICAL)
    assert (first.escalation_required, first.customer_impact) == (True, None)
    assert first.breach_time == NOW - timedelta(minutes=10)
    assert (second.breach_type, second.severity) == (BreachType.RESPONSE, Severity.MEDIUM)
    assert (second.escalation_required, second.ongoing) == (False, True)
    assert (third.severity, third.customer_impact) == (Severity.LOW, "one site")
    assert (third.sla_policy, third.escalation_required) == (None, None)
    assert odd.severity is Severity.CRITICAL, "by the rule"
    assert len({first.id, second.id, third.id}) == 3

    since = await service.monitor_sla_breaches(since=NOW - timedelta(minutes=20))
    assert [one.ticket_id for one in since] == ["closed", "A", "B"]
    with pytest.raises(InvalidInput, match="zone"):
        await service.monitor_sla_breaches(since=datetime(2026, 3, 2))  # noqa: DTZ001 - the point


class Watch:
    """Follows `monitor`; between two looks a test sets the platform up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pauses: list[float] = []
        self.steps: list[Any] = []
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if not self.steps:
            raise asyncio.CancelledError
        self.steps.pop(0)()

    async def told(self, service: SLAService, *steps: Any, **more: Any) -> list[str]:
        """Tickets in the order in which their breaches were told."""
        self.steps = list(steps)
        found: list[str] = []
        async with aclosing(service.monitor(**more)) as breaches:
            try:
                async for one in breaches:
                    found.append(one.ticket_id)  # noqa: PERF401 - cancelled half-way
            except asyncio.CancelledError:
                return found
        raise AssertionError("it ended")


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


def nothing() -> None: ...


async def test_each_breach_is_told_once(
    service: SLAService, platform: Platform, watch: Watch
) -> None:
    platform.size = 2
    platform.tells(clock("before", ago=1))
    told = await watch.told(
        service,
        lambda: platform.tells(clock("later", ago=-2), clock("first", ago=-1)),
        nothing,
        lambda: platform.tells(clock("long ago", ago=600)),
        lambda: platform.tells(clock("too long ago", ago=60 * 25)),
        nothing,
    )
    assert told == ["first", "later", "long ago"]
    assert set(watch.pauses) == {5.0}


async def test_it_goes_on_where_somebody_was(
    service: SLAService, platform: Platform, watch: Watch
) -> None:
    platform.tells(clock("A", ago=30), clock("B", ago=20), clock("C", ago=10))
    assert await watch.told(service, since=NOW - timedelta(minutes=20)) == ["B", "C"]
    days = NOW - timedelta(days=3)
    platform.tells(clock("old", ago=60 * 48), clock("older", ago=60 * 96))
    assert await watch.told(service, nothing, since=days) == ["old", "A", "B", "C"]


async def test_a_breach_that_comes_back_is_told_again(
    service: SLAService, platform: Platform, watch: Watch
) -> None:
    def withdrawn() -> None:
        platform.breaches.clear()
        platform.change_count += 1

    told = await watch.told(
        service,
        lambda: platform.tells(clock("A")),
        withdrawn,
        lambda: platform.tells(clock("A", ago=20)),
    )
    assert told == ["A", "A"]


async def test_an_outage_is_waited_for(
    service: SLAService, platform: Platform, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> None:
        platform.failing["/dashboard"] = 503

    def back() -> None:
        platform.failing.clear()
        platform.now += timedelta(days=2)
        platform.tells(clock("meanwhile", ago=-60))

    with caplog.at_level(logging.INFO):
        told = await watch.told(service, away, nothing, nothing, nothing, nothing, back)

    assert told == ["meanwhile"], "also what lies before look_back"
    assert watch.pauses == [5, 10, 20, 40, 60, 60, 5]
    assert [one.levelname for one in caplog.records if "watched" in one.message] == [
        "WARNING",
        "INFO",
    ]


async def test_a_breach_is_told_though_its_sla_cannot_be_read(
    service: SLAService, platform: Platform, watch: Watch
) -> None:
    platform.failing["/sla"] = 503
    assert await watch.told(service, lambda: platform.tells(clock("A"))) == ["A"]


async def test_what_will_not_pass_is_raised(service: SLAService, platform: Platform) -> None:
    platform.failing["/dashboard"] = 503
    with pytest.raises(ApiUnreachable):
        await anext(service.monitor())
    platform.failing["/dashboard"] = 401
    with pytest.raises(ApiDenied):
        await anext(service.monitor())
    with pytest.raises(InvalidInput) as caught:
        await anext(service.monitor(every=timedelta(0), look_back=timedelta(-1)))
    assert [one.field for one in caught.value.faults] == ["every", "look_back"]
