"""What people are told of a ticket's clocks."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import (
    Desk,
    fri,
    goes_on,
    mon,
    next_mon,
    opened,
    replied,
    resolved,
    rulebook,
    status,
    waits,
)
from .documents import SIMPLE, answer, only


def test_the_status_document_as_a_whole() -> None:
    desk = Desk(SIMPLE)
    desk.report(opened(fri("15:00"), priority="P3", status="In Progress"))
    desk.wake_until(fri("17:30"))
    desk.report(waits(next_mon("09:30")), now=next_mon("09:31"))
    desk.report(goes_on(next_mon("10:00")))
    snapshot = next(iter(SIMPLE.agreements))
    document = answer(list(desk.facts.values()), next_mon("10:15"), ledger=desk.ledger)
    assert document == {
        "ticket_id": "INC-1",
        "revision": 3,
        "as_of": "2026-03-09T10:15:00Z",
        "status": "open",
        "category": "open",
        "priority": "P3",
        "risk": "MEDIUM",
        "faults": [],
        "binding": {
            "reason": "default",
            "contract_id": None,
            "sla_id": "gold",
            "sla_version": 1,
            "snapshot": snapshot,
        },
        "clocks": [
            {
                "metric": "resolution",
                "cycle": "first",
                "state": "active",
                "outcome": "pending",
                "target_minutes": 240,
                "elapsed_seconds": 165 * 60,
                "remaining_seconds": 75 * 60,
                "wall_remaining_seconds": 75 * 60,
                "percent": 68.7,
                "started_at": "2026-03-06T15:00:00Z",
                "due_at": "2026-03-09T11:30:00Z",
                "stopped_at": None,
                "breached_at": None,
                "timezone": "Europe/London",
                "risk": "MEDIUM",
                "thresholds": [
                    {
                        "threshold": "percent:50",
                        "due_at": "2026-03-06T17:00:00Z",
                        "fired_at": "2026-03-06T17:00:00.000001Z",
                        "retracted_at": None,
                    },
                    {
                        "threshold": "percent:75",
                        "due_at": "2026-03-09T10:30:00Z",
                        "fired_at": None,
                        "retracted_at": None,
                    },
                    {
                        "threshold": "percent:100",
                        "due_at": "2026-03-09T11:30:00Z",
                        "fired_at": None,
                        "retracted_at": None,
                    },
                ],
                "pauses": [
                    {
                        "from": "2026-03-09T09:30:00Z",
                        "to": "2026-03-09T10:00:00Z",
                        "reasons": ["waiting_on_customer"],
                    }
                ],
            }
        ],
    }


def test_nothing_is_known_before_the_opening() -> None:
    document = answer([replied(mon("09:00"))], mon("10:00"))
    assert (document["status"], document["category"], document["binding"]) == (None, None, None)
    assert (document["clocks"], document["risk"]) == ([], "none")


def test_pending_terms_are_named() -> None:
    document = answer([opened(mon("09:00"))], mon("10:00"), rulebook(ready=False))
    assert (document["terms"], document["binding"]["reason"]) == ("pending", "pending")
    assert document["clocks"] == []


def test_while_paused_nothing_is_due_except_what_was_crossed() -> None:
    facts = [opened(mon("09:00")), waits(mon("11:30")), status(mon("12:00"), "On Hold")]
    clock = only(answer(facts, mon("13:00")))
    assert (clock["state"], clock["due_at"], clock["wall_remaining_seconds"]) == (
        "paused",
        None,
        None,
    )
    assert [one["due_at"] for one in clock["thresholds"]] == ["2026-03-02T11:00:00Z", None, None]
    assert clock["pauses"] == [
        {
            "from": "2026-03-02T11:30:00Z",
            "to": None,
            "reasons": ["waiting_on_customer", "on_hold"],
        }
    ]


def test_remaining_is_negative_after_due() -> None:
    clock = only(answer([opened(mon("09:00"))], mon("14:00")))
    assert (clock["remaining_seconds"], clock["wall_remaining_seconds"]) == (-3600, -3600)
    assert (clock["outcome"], clock["breached_at"], clock["percent"]) == (
        "breached",
        "2026-03-02T13:00:00Z",
        125.0,
    )


def test_a_hundred_percent_are_never_shown_early() -> None:
    clock = only(answer([opened(mon("09:00"))], mon("12:59:59.999999")))
    assert (clock["percent"], clock["outcome"]) == (99.9, "pending")


def test_what_was_taken_back_shows_so() -> None:
    desk = Desk(SIMPLE)
    desk.report(opened(mon("09:00")))
    desk.wake_until(mon("12:30"))
    desk.report(waits(mon("11:30")), now=mon("12:40"))
    clock = only(answer(list(desk.facts.values()), mon("13:00"), ledger=desk.ledger))
    (half, most, _) = clock["thresholds"]
    assert (half["fired_at"], half["retracted_at"]) == ("2026-03-02T11:00:00.000001Z", None)
    assert (most["fired_at"], most["retracted_at"]) == (
        "2026-03-02T12:00:00.000001Z",
        "2026-03-02T12:40:00Z",
    )
    assert most["due_at"] is None


def test_remaining_time_is_told_in_business_and_in_wall_seconds() -> None:
    """Friday at four, 240 office minutes: one hour today, three on Monday."""
    clock = only(answer([opened(fri("15:00"))], fri("16:00")))
    assert (clock["elapsed_seconds"], clock["remaining_seconds"]) == (3600, 3 * 3600)
    assert clock["wall_remaining_seconds"] == (next_mon("11:00") - fri("16:00")) // 10**6
    closed = only(answer([opened(fri("15:00")), resolved(fri("16:00"))], next_mon("12:00")))
    assert (closed["remaining_seconds"], closed["wall_remaining_seconds"]) == (3 * 3600, None)
    assert (closed["state"], closed["outcome"], closed["stopped_at"]) == (
        "closed",
        "met",
        "2026-03-06T16:00:00Z",
    )


def test_pauses_of_several_reasons_are_joined_where_they_meet_and_apart_where_not() -> None:
    facts = [
        opened(mon("09:00")),
        waits(mon("10:00")),
        status(mon("10:30"), "On Hold"),
        waits(mon("11:00")),
        goes_on(mon("11:30")),
        status(mon("12:00"), "On Hold"),
    ]
    assert only(answer(facts, mon("13:00")))["pauses"] == [
        {
            "from": "2026-03-02T10:00:00Z",
            "to": "2026-03-02T11:30:00Z",
            "reasons": ["waiting_on_customer", "on_hold"],
        },
        {"from": "2026-03-02T12:00:00Z", "to": None, "reasons": ["on_hold"]},
    ]


PINNED = {
    "ticket_id revision as_of status category priority risk faults binding clocks": (),
    "reason contract_id sla_id sla_version snapshot": ("binding",),
    "metric cycle state outcome target_minutes elapsed_seconds remaining_seconds"
    " wall_remaining_seconds percent started_at due_at stopped_at breached_at timezone risk"
    " thresholds pauses": ("clocks", 0),
    "threshold due_at fired_at retracted_at": ("clocks", 0, "thresholds", 0),
    "from to reasons": ("clocks", 0, "pauses", 0),
}


@pytest.mark.parametrize(("names", "path"), PINNED.items(), ids=map(str, PINNED.values()))
def test_every_pinned_field_of_the_status_is_there(names: str, path: tuple[str | int, ...]) -> None:
    found: Any = answer([opened(mon("09:00")), waits(mon("10:00"))], mon("11:00"))
    for step in path:
        found = found[step]
    assert list(found) == names.split()


def test_faults_name_field_value_and_remedy() -> None:
    facts = [opened(mon("09:00"), contract_id="c9"), status(mon("10:00"), "Vorgelegt")]
    unknown, contract = answer(facts, mon("11:00"))["faults"]
    assert (unknown["code"], unknown["field"], unknown["value"]) == (
        "fact.unknown-status",
        "status",
        "Vorgelegt",
    )
    assert "2026-03-02T10:00:00Z or earlier" in unknown["remedy"]
    assert (contract["code"], contract["field"], contract["value"]) == (
        "contract.unknown",
        "contract_id",
        "c9",
    )
