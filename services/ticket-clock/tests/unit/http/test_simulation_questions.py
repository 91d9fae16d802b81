"""What is asked of a simulation over HTTP, by whom, and who seals the candidate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from slaclock.contracts.sealing import CalendarSealIn, SlaSealIn
from slaclock.errors import Fault
from slaclock.messaging.asking import Declined, NoAnswer
from ticket_clock_service.domain.simulation import Scope

from .simulating import FILE, MARCH, Seals, Told, faults


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
