"""Messages as they are on the bus, beginning with the examples that everybody agreed on."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import pytest

from dashboard_service.domain.clock import Edition, Held, Metric, Outcome, Promise, State
from dashboard_service.handlers.decoding import decode_agreement, decode_clock, decode_effect
from slaclock.errors import Refusal
from slaclock.messaging.received import Received

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
CLOCK_KINDS = [
    "started", "paused", "resumed", "retargeted", "threshold_crossed", "breached", "met",
    "cancelled", "retracted",
]  # fmt: skip


def example(kind: str) -> dict[str, Any]:
    text = files("slaclock.contracts.examples").joinpath(f"{kind}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def received(document: dict[str, Any], *, stream: str = "CLOCK") -> Received:
    return Received(
        stream=stream,
        subject=f"{document['type']}.v1.{document['tenant']}",
        sequence=1,
        delivered=1,
        stored_at=AT,
        msg_id=None,
        data=json.dumps(document).encode(),
    )


def clock_with(**data: Any) -> dict[str, Any]:
    document = example("sla.clock.breached")
    document["data"] |= data
    document["subject"] = document["data"]["ticket_id"]
    return document


def test_the_whole_clock_is_kept() -> None:
    heard = decode_clock(received(example("sla.clock.breached")))
    clock = heard.said
    assert (heard.tenant, heard.stored_at) == ("acme", AT)
    assert (clock.key.ticket, clock.key.metric, clock.key.cycle) == (
        "INC-1",
        Metric.RESOLUTION,
        "first",
    )
    assert clock.edition == Edition(6, 6)
    assert (clock.state, clock.outcome) == (State.ACTIVE, Outcome.BREACHED)
    assert (clock.warned, clock.reached) == (True, 100)
    assert clock.due_on == date(2026, 3, 2)
    assert clock.breached_at == datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
    assert (clock.priority, clock.group, clock.assignee, clock.customer) == (
        "P1",
        "l1",
        "u17",
        "acme",
    )


def test_who_had_the_ticket_is_kept_beside_who_has_it() -> None:
    to = {"assignee": "ann", "group": None, "at": "2026-03-02T07:30:00Z"}
    clock = decode_clock(received(clock_with(assignee="bob", attributed_to=to))).said
    assert clock.held == Held("ann", "", datetime(2026, 3, 2, 7, 30, tzinfo=UTC))
    assert clock.assignee == "bob"
    assert decode_clock(received(clock_with(attributed_to=None))).said.held == Held()


@pytest.mark.parametrize("kind", CLOCK_KINDS)
def test_every_kind_of_clock_event_is_understood(kind: str) -> None:
    document = example(f"sla.clock.{kind}")
    assert decode_clock(received(document)).said.key.ticket == document["subject"]


@pytest.mark.parametrize(
    "ticket", ["🔥 burning", "<script>alert(1)</script>", "a/b?c=d", "é" * 200]
)
def test_ids_are_taken_as_they_are(ticket: str) -> None:
    assert decode_clock(received(clock_with(ticket_id=ticket))).said.key.ticket == ticket


def test_what_the_publisher_does_not_know_is_empty() -> None:
    document = clock_with(priority=None, group=None, assignee=None, customer_id=None, status=None)
    clock = decode_clock(received(document)).said
    assert {clock.priority, clock.group, clock.assignee, clock.customer, clock.status} == {""}


@pytest.mark.parametrize(
    ("data", "day"),
    [
        pytest.param({"due_on": "2026-03-01"}, date(2026, 3, 1), id="as the publisher says"),
        pytest.param({"due_on": None}, date(2026, 3, 2), id="else the due instant's day in UTC"),
        pytest.param(
            {"due_on": None, "due_at": None, "breached_at": None, "stopped_at": None},
            date(2026, 3, 2),
            id="else the day of the change",
        ),
    ],
)
def test_the_period(data: dict[str, Any], day: date) -> None:
    assert decode_clock(received(clock_with(**data))).said.due_on == day


def test_a_breach_has_an_instant_even_if_the_publisher_leaves_it_out() -> None:
    clock = decode_clock(received(clock_with(breached_at=None))).said
    assert clock.breached_at == datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


def test_how_bad_a_breach_is() -> None:
    clock = decode_clock(received(clock_with(severity="HIGH", customer_impact="one site"))).said
    assert (clock.severity, clock.impact) == ("HIGH", "one site")
    unknown = decode_clock(received(clock_with(severity=None, customer_impact=None))).said
    assert (unknown.severity, unknown.impact) == ("", "")


@pytest.mark.parametrize(
    ("data", "promise", "owner"),
    [
        pytest.param({}, Promise.CUSTOMER, "", id="nothing said"),
        pytest.param({"agreement_type": "sla"}, Promise.CUSTOMER, "", id="an SLA"),
        pytest.param(
            {"agreement_type": "ola", "owner_group": "network"},
            Promise.GROUP,
            "network",
            id="an OLA",
        ),
    ],
)
def test_to_whom_it_was_promised(data: dict[str, Any], promise: Promise, owner: str) -> None:
    said = decode_clock(received(clock_with(**data))).said
    assert (said.promise, said.owner) == (promise, owner)


@pytest.mark.parametrize(
    ("kind", "instant"),
    [
        ("raised", "raised_at"),
        ("failed", "failed_at"),
        ("delivered", "delivered_at"),
        ("acknowledged", "acknowledged_at"),
        ("withdrawn", "withdrawn_at"),
    ],
)
def test_an_escalation_tells_one_instant_of_its_story(kind: str, instant: str) -> None:
    document = example(f"sla.escalation.{kind}")
    effect = decode_effect(received(document, stream="ESCALATION")).said
    told = {name for name in (
        "raised_at", "failed_at", "delivered_at", "acknowledged_at", "withdrawn_at",
    ) if getattr(effect, name) is not None}  # fmt: skip
    assert told == {instant}
    assert "sink.example/x" not in effect.recipient


@pytest.mark.parametrize(
    ("kind", "reason"), [("withdrawn", "merged"), ("raised", ""), ("failed", "")]
)
def test_only_a_withdrawal_says_why(kind: str, reason: str) -> None:
    document = example(f"sla.escalation.{kind}")
    document["data"]["reason"] = "merged"
    effect = decode_effect(received(document, stream="ESCALATION")).said
    assert effect.reason == reason


def test_an_agreement_brings_its_calendars() -> None:
    document = example("sla.agreement.published")
    agreement = decode_agreement(received(document, stream="AGREEMENT")).said
    target = agreement.target("resolution", "P3")
    assert target is not None
    assert target.calendar in agreement.calendars
    assert agreement.name == "Gold"


def broken_agreement(**snapshot: Any) -> dict[str, Any]:
    document = example("sla.agreement.published")
    document["data"]["snapshot"] |= snapshot
    return document


def unusable_calendar() -> dict[str, Any]:
    document = example("sla.agreement.published")
    for calendar in document["data"]["snapshot"]["calendar_snapshots"].values():
        calendar["windows"] = [{"weekday": 9, "start": "09:00", "end": "17:00"}]
    return document


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(broken_agreement(calendars={}), id="a calendar is not listed"),
        pytest.param(broken_agreement(targets=[{"metric": "resolution"}]), id="half a target"),
        pytest.param(broken_agreement(calendars=[]), id="calendars of another kind"),
        pytest.param(unusable_calendar(), id="a calendar that cannot be one"),
    ],
)
def test_a_snapshot_that_cannot_be_used_is_refused_with_its_reason(
    document: dict[str, Any],
) -> None:
    with pytest.raises(Refusal) as refused:
        decode_agreement(received(document, stream="AGREEMENT"))
    assert refused.value.faults


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"outcome": "won"}, id="an outcome that there is not"),
        pytest.param({"revision": "6"}, id="a number as text"),
        pytest.param({"ticket_id": ""}, id="no ticket"),
        pytest.param({"due_at": "2026-03-02T07:30:00"}, id="an instant without offset"),
    ],
)
def test_a_malformed_clock_is_refused_with_its_reason(data: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        decode_clock(received(clock_with(**data)))
    assert refused.value.faults
