"""What is published, in which order, and what each event says."""

from __future__ import annotations

from typing import Any

import pytest

from slaclock.contracts.canonical import canonical, canonical_plain
from slaclock.contracts.clocks import ClockChanged
from ticket_clock_service.domain.agreement import BREACH, Metric
from ticket_clock_service.domain.changes import Change, changes
from ticket_clock_service.domain.clock import Outcome
from ticket_clock_service.domain.event import clock_data, event_id, event_type
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.ledger import (
    Announcement,
    Difference,
    Key,
    Ledger,
    difference,
)

from .builders import (
    GOLD,
    HOUR,
    MINUTE,
    Desk,
    clocked,
    default,
    deleted,
    entry,
    fri,
    goes_on,
    mon,
    next_mon,
    opened,
    replied,
    resolved,
    rulebook,
    sla,
    status,
    tue,
    under,
    updated,
    waits,
    words,
)

RULES = rulebook()
ONE = under(
    sla(
        ("resolution", "P1", 120, "office"),
        ("resolution", "P2", 240, "office"),
        thresholds=[],
    )
)


def data(desk: Desk, change: Change, **row: Any) -> dict[str, Any]:
    found = clock_data(
        change,
        desk.rules.agreements,
        **{
            "tenant": "acme",
            "ticket_id": "INC-1",
            "revision": 1,
            "sequence": 1,
            "noticed_at": change.at,
            **row,
        },
    )
    spelled = canonical_plain(found)
    assert spelled == canonical(found)
    ClockChanged.model_validate_json(spelled)
    return found


def test_one_fact_that_pauses_two_clocks_is_two_changes() -> None:
    desk = Desk(RULES)
    desk.report(opened(mon("09:00")))
    found = desk.report(waits(mon("09:10")))
    assert words(found) == ["first_response paused Mon 09:10", "resolution paused Mon 09:10"]
    assert len({event_id(one, "acme", "INC-1", 2, n) for n, one in enumerate(found)}) == 2


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param([opened(mon("09:00"), priority="P1")], ["started Mon 09:00"], id="opened"),
        pytest.param(
            [opened(mon("09:00"), status="pending", priority="P1")],
            ["started Mon 09:00", "paused Mon 09:00"],
            id="opened paused",
        ),
        pytest.param(
            [opened(mon("09:00"), status="closed", priority="P1")],
            ["started Mon 09:00", "met Mon 09:00"],
            id="opened closed",
        ),
        pytest.param(
            [
                opened(mon("09:00"), priority="P1"),
                waits(mon("09:10")),
                goes_on(mon("09:30")),
                resolved(mon("10:00")),
            ],
            ["started Mon 09:00", "paused Mon 09:10", "resumed Mon 09:30", "met Mon 10:00"],
            id="a life",
        ),
        pytest.param(
            [opened(mon("09:00"), priority="P1"), waits(mon("09:10")), resolved(mon("10:00"))],
            ["started Mon 09:00", "paused Mon 09:10", "met Mon 10:00"],
            id="resolved out of a pause",
        ),
        pytest.param(
            [opened(mon("09:00"), priority="P1"), resolved(mon("12:00"))],
            ["started Mon 09:00", "breached percent:100 Mon 11:00", "retargeted Mon 12:00"],
            id="the end of a breached clock is not met",
        ),
        pytest.param(
            [opened(mon("09:00"), priority="P2"), updated(mon("10:00"), priority="P1")],
            ["started Mon 09:00", "retargeted Mon 10:00"],
            id="another priority",
        ),
        pytest.param(
            [opened(mon("09:00"), priority="P2"), waits(mon("10:00"), priority="P1")],
            ["started Mon 09:00", "retargeted Mon 10:00", "paused Mon 10:00"],
            id="another priority and a pause at once",
        ),
        pytest.param(
            [opened(mon("09:00"), priority="P2"), status(mon("10:00"), "Canceled")],
            ["started Mon 09:00", "cancelled Mon 10:00"],
            id="called off",
        ),
        pytest.param(
            [opened(mon("09:00"), priority="P2"), deleted(mon("10:00"))],
            ["started Mon 09:00", "cancelled Mon 10:00"],
            id="deleted",
        ),
        pytest.param(
            [opened(mon("09:00"), priority="P2"), resolved(mon("10:00")), goes_on(mon("11:00"))],
            ["started Mon 09:00", "met Mon 10:00", "resumed Mon 11:00"],
            id="reopened",
        ),
        pytest.param(
            [opened(mon("09:00"), priority="P2"), updated(mon("10:00"), group="l2")],
            ["started Mon 09:00", "retargeted Mon 10:00"],
            id="another group",
        ),
        pytest.param(
            [opened(mon("09:00"), priority="P2"), status(mon("10:00"), "In Progress")],
            ["started Mon 09:00"],
            id="another word for the same status is no news",
        ),
        pytest.param(
            [opened(mon("09:00"), priority="P2"), replied(mon("10:00"))],
            ["started Mon 09:00"],
            id="a reply is none to this clock",
        ),
        pytest.param(
            [
                opened(mon("09:00"), priority="P2"),
                resolved(mon("10:00")),
                updated(mon("11:00"), group="l2"),
            ],
            ["started Mon 09:00", "met Mon 10:00"],
            id="nor is a new group to a closed one",
        ),
        pytest.param(
            [opened(mon("09:00"), priority="P9"), updated(mon("10:00"), priority="P2")],
            ["started Mon 10:00"],
            id="a target that comes late",
        ),
        pytest.param(
            [
                opened(mon("09:00"), priority="P2"),
                updated(mon("10:00"), priority="P9"),
                updated(mon("10:30"), priority="P2"),
            ],
            [
                "started Mon 09:00",
                "cancelled Mon 10:00",
                "retargeted Mon 10:30",
                "resumed Mon 10:30",
            ],
            id="a target that goes and comes back",
        ),
        pytest.param(
            [
                opened(mon("09:00"), priority="P2"),
                updated(mon("10:00"), priority="P9", group="l2"),
                updated(mon("10:30"), group="l3"),
                resolved(mon("11:00")),
            ],
            ["started Mon 09:00", "cancelled Mon 10:00"],
            id="without a target nothing more is said",
        ),
        pytest.param(
            [opened(mon("09:00"), priority="P9"), resolved(mon("10:00"))], [], id="never promised"
        ),
    ],
)
def test_transitions(facts: list[AnyFact], expected: list[str]) -> None:
    expected = [f"resolution {one}" for one in expected]
    batched, single = Desk(ONE), Desk(ONE)
    assert words(batched.report(*facts)) == expected
    assert words([one for fact in facts for one in single.report(fact)]) == expected


def test_a_ticket_folded_anew_publishes_the_difference_only() -> None:
    desk = Desk(ONE)
    desk.report(opened(mon("09:00"), priority="P2"), resolved(mon("12:00")))
    assert words(desk.report(waits(mon("10:00")), now=tue("09:00"))) == [
        "resolution retargeted Mon 12:00"
    ]
    assert words(desk.report(goes_on(mon("13:00")), now=tue("09:00"))) == [
        "resolution resumed Mon 13:00"
    ]
    assert words(desk.report(updated(mon("09:30"), group="l2"), now=tue("09:00"))) == [
        "resolution retargeted Mon 13:00"
    ]


def test_a_clock_that_never_was_is_withdrawn() -> None:
    desk = Desk(under(sla(("resolution", None, 240, "office"), reopen={"resolution": "restart"})))
    desk.report(opened(mon("09:00")), resolved(mon("10:00")), goes_on(mon("11:00")))
    first, second = desk.published[0].clock.cycle, desk.published[-1].clock.cycle
    late = desk.report(deleted(mon("09:15")), now=tue("09:00"))
    assert [(one.clock.cycle == first, one.kind.value, one.reason) for one in late] == [
        (True, "cancelled", "deleted"),
        (False, "cancelled", "withdrawn"),
    ]
    assert late[1].clock.cycle == second
    assert data(desk, late[1])["state"] == "closed"


def test_nothing_new_publishes_nothing() -> None:
    desk = Desk(RULES)
    desk.report(opened(mon("09:00")), waits(mon("09:10")))
    stored = desk.stored
    assert desk.report(opened(mon("09:00"))) == []
    assert desk.wake(tue("09:00")) == []
    assert desk.stored == stored


def test_terms_that_take_effect_are_published_once() -> None:
    fast = sla(("resolution", None, 60, "24x7"), sla_id="fast", thresholds=[])
    soon = default(fast, mon("12:00"), recorded=2, mode="from_effective_instant")
    desk = Desk(rulebook(default(GOLD), soon, slas=[GOLD, fast]))
    desk.report(opened(mon("11:30")))
    assert clocked(desk.next_due) == "Mon 12:00"
    assert "resolution retargeted Mon 12:00" in words(desk.wake_until(mon("12:00")))
    assert words(desk.report(updated(mon("11:45"), group="l2"), now=mon("12:10"))) == [
        "resolution retargeted Mon 12:00"
    ]
    assert desk.published[-1].reason == "attributes"
    assert "resolution breached percent:100 Mon 12:30" in words(desk.report(resolved(mon("13:00"))))


def test_new_terms_publish_the_difference() -> None:
    desk = Desk(rulebook(ready=False))
    assert desk.report(opened(mon("09:00"))) == []
    assert words(desk.learn(RULES, mon("09:05"))) == [
        "first_response started Mon 09:00",
        "resolution started Mon 09:00",
    ]


def test_while_announcements_are_held_back_verdicts_are_true_all_the_same() -> None:
    facts = [opened(mon("09:00"), priority="P1"), resolved(mon("12:00"))]
    before, after = fold(facts[:1], ONE), fold(facts, ONE)
    (ended,) = changes(before, [after], after, Difference(), Ledger())
    assert (ended.kind.value, ended.clock.outcome, ended.standing) == (
        "retargeted",
        Outcome.BREACHED,
        (),
    )
    told = difference(Ledger(), announce=after, standing=after, noticed_at=mon("13:00"))
    (later,) = changes(after, [], after, told, Ledger())
    assert (later.kind.value, len(later.standing)) == ("breached", 1)


def test_a_retraction_is_published_even_if_its_clock_was_forgotten_before() -> None:
    picture = fold([opened(mon("09:00"), priority="P1")], ONE)
    key = Key(Metric.RESOLUTION, "gone", picture.clocks[-1].aim.agreement or "", "P1", BREACH)
    ledger = Ledger.of([Announcement(key, n=1, crossed_at=mon("10:00"), noticed_at=mon("10:00"))])
    told = difference(ledger, announce=picture, standing=picture, noticed_at=mon("12:00"))
    (found,) = changes(picture, [], picture, told, ledger)
    document = data(Desk(ONE), found)
    assert (document["change"]["kind"], document["cycle"]) == ("retracted", "gone")
    assert (document["state"], document["outcome"]) == ("closed", "cancelled")


# --- the data of an event -----------------------------------------------------------------------


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
