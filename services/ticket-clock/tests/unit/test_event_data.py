"""What each event says: the complete clock after the change."""

from __future__ import annotations

from typing import Any

from ticket_clock_service.domain.event import event_id, event_type

from .builders import (
    GOLD,
    HOUR,
    MINUTE,
    Desk,
    default,
    entry,
    fri,
    mon,
    next_mon,
    opened,
    replied,
    resolved,
    rulebook,
    sla,
    under,
    waits,
)
from .documents import data

RULES = rulebook()


def test_the_data_is_the_complete_clock_after_the_change() -> None:
    desk = Desk(RULES)
    fields = {"priority": "P2", "group": "l1", "assignee": "u1", "customer_id": "c1"}
    more: dict[str, Any] = {
        "category": "net",
        "service": "mail",
        "attributes": {"impact": "one site"},
    }
    (_, started) = desk.report(opened(fri("15:00"), **fields, **more))
    found = data(desk, started, revision=7, sequence=3, noticed_at=fri("15:01"))
    snapshot = next(iter(desk.rules.agreements))
    assert found == {
        "ticket_id": "INC-1",
        "revision": 7,
        "sequence": 3,
        "metric": "resolution",
        "cycle": "first",
        "state": "active",
        "outcome": "pending",
        "target_minutes": 240,
        "elapsed_us": 0,
        "due_at": "2026-03-09T11:00:00Z",
        "snapshot": snapshot,
        "announcements": [],
        "change": {
            "kind": "started",
            "threshold": None,
            "n": None,
            "announcement_id": None,
            "crossed_at": None,
            "noticed_at": "2026-03-06T15:01:00Z",
            "flags": {
                "historical": False,
                "provisional": False,
                "passed_over": False,
                "superseded": False,
            },
            "reason": "default",
        },
        **fields,
        "status": "open",
        "category": "net",
        "status_category": "open",
        "service": "mail",
        "customer_impact": "one site",
        "severity": "HIGH",
        "timezone": "Europe/London",
        "started_at": "2026-03-06T15:00:00Z",
        "stopped_at": None,
        "breached_at": None,
        "due_on": "2026-03-09",
        "sla_id": "gold",
        "sla_version": 1,
        "binding_reason": "default",
        "agreement_type": "sla",
        "owner_group": None,
        "attributed_to": None,
    }


def test_while_paused_nothing_is_due_but_it_still_belongs_to_a_day() -> None:
    desk = Desk(RULES)
    desk.report(opened(fri("15:00"), priority="P2"))
    found = data(desk, desk.report(waits(fri("16:00")))[-1])
    assert (found["state"], found["due_at"], found["due_on"]) == ("paused", None, "2026-03-09")
    assert found["elapsed_us"] == HOUR


def test_the_local_date_of_the_due_instant_is_that_of_the_calendars_zone() -> None:
    auckland = {
        "timezone": "Pacific/Auckland",
        "windows": [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(7)],
    }
    rules = under(sla(("resolution", None, 60, "nz"), calendars={"nz": auckland}))
    desk = Desk(rules)
    found = data(desk, desk.report(opened(mon("12:00")))[0])
    assert (found["due_at"], found["due_on"], found["timezone"]) == (
        "2026-03-02T13:00:00Z",
        "2026-03-03",
        "Pacific/Auckland",
    )


def test_announcements_carry_the_clock_as_far_as_it_has_been_told() -> None:
    desk = Desk(RULES)
    desk.report(opened(mon("09:00"), priority="P2"), replied(mon("09:10")))
    found = [data(desk, one) for one in desk.wake(mon("17:00"))]
    assert [one["change"]["threshold"] for one in found] == [
        "percent:50",
        "percent:75",
        "percent:90",
        "percent:100",
    ]
    assert [one["outcome"] for one in found] == ["pending", "pending", "pending", "breached"]
    assert [one["elapsed_us"] // MINUTE for one in found] == [120, 180, 216, 240]
    assert [len(one["announcements"]) for one in found] == [1, 2, 3, 4]
    last = found[-1]
    assert (last["change"]["kind"], last["breached_at"]) == ("breached", "2026-03-02T13:00:00Z")
    assert last["change"]["announcement_id"] == last["announcements"][-1]["id"]


def test_a_closed_clock_says_when_it_was_due() -> None:
    desk = Desk(RULES)
    desk.report(opened(fri("15:00"), priority="P2"))
    found = data(desk, desk.report(resolved(next_mon("09:30"), group="l9"))[-1])
    assert (found["state"], found["outcome"], found["due_at"]) == (
        "closed",
        "met",
        "2026-03-09T11:00:00Z",
    )
    assert (found["stopped_at"], found["group"]) == ("2026-03-09T09:30:00Z", "l9")
    assert found["elapsed_us"] == 150 * MINUTE


def test_names_of_events_follow_from_what_they_tell() -> None:
    desk = Desk(RULES)
    desk.report(opened(mon("09:00"), priority="P2"), replied(mon("09:10")))
    told = desk.wake_until(mon("12:30"))
    (taken_back, *_) = [
        one for one in desk.report(waits(mon("10:30")), now=mon("12:30")) if one.announcement
    ]
    assert [event_type(one) for one in (told[0], taken_back)] == [
        "sla.clock.threshold_crossed",
        "sla.clock.retracted",
    ]
    assert told[0].announcement is not None
    assert taken_back.announcement is not None
    assert taken_back.announcement.key == told[0].announcement.key
    said, unsaid = (event_id(one, "acme", "INC-1", 9, 9) for one in (told[0], taken_back))
    assert said == event_id(told[0], "acme", "INC-1", 5, 1), "whatever the revision"
    assert len({said, unsaid, told[0].announcement.id("acme", "INC-1")}) == 3
    other = desk.published[0]
    assert event_id(other, "acme", "INC-1", 1, 1) != event_id(other, "acme", "INC-1", 2, 1)


def test_what_one_fact_proves_is_told_step_by_step() -> None:
    desk = Desk(RULES)
    desk.report(opened(mon("09:00"), priority="P2"), replied(mon("09:10")))
    found = [data(desk, one) for one in desk.report(resolved(mon("14:00")))]
    assert [one["change"]["kind"] for one in found] == [
        *3 * ["threshold_crossed"],
        "breached",
        "retargeted",
    ]
    assert {one["outcome"] for one in found} == {"breached"}, "it is never told to be met"
    assert [len(one["announcements"]) for one in found] == [1, 2, 3, 4, 4]


def test_a_clock_bound_for_another_reason_is_told_again() -> None:
    contract = entry("contract", recorded=2, contract_id="c", customer_id="acme", sla=GOLD)
    desk = Desk(rulebook(default(GOLD), contract))
    desk.report(opened(mon("09:00"), id="b"))
    found = desk.report(opened(mon("09:00"), id="a", customer_id="acme"), now=mon("10:00"))
    assert {(one.reason, one.clock.binding.reason.value) for one in found} == {
        ("corrected", "customer_contract")
    }


def test_a_clock_that_runs_on_is_told_to_be_breached_when_that_is_told() -> None:
    desk = Desk(RULES)
    desk.report(opened(mon("09:00"), priority="P2"), replied(mon("09:10")))
    found = [data(desk, one) for one in desk.report(waits(mon("14:00")))]
    assert [one["outcome"] for one in found] == [*3 * ["pending"], "breached", "breached"]
