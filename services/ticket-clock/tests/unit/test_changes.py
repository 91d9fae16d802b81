"""What is published, and in which order."""

from __future__ import annotations

import pytest

from ticket_clock_service.domain.agreement import BREACH, Metric
from ticket_clock_service.domain.changes import changes
from ticket_clock_service.domain.clock import Outcome
from ticket_clock_service.domain.event import event_id
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.ledger import Announcement, Difference, Key, Ledger, difference

from .builders import (
    GOLD,
    Desk,
    clocked,
    default,
    deleted,
    goes_on,
    mon,
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
from .documents import data

RULES = rulebook()
ONE = under(
    sla(
        ("resolution", "P1", 120, "office"),
        ("resolution", "P2", 240, "office"),
        thresholds=[],
    )
)


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


def test_a_clock_that_never_was_has_breached_nothing() -> None:
    # given a second cycle whose breach has been told, and is proved by a later fact
    desk = Desk(under(sla(("resolution", None, 60, "24x7"), reopen={"resolution": "restart"})))
    desk.report(opened(mon("09:00")), resolved(mon("09:10")), goes_on(mon("09:20")))
    second = desk.published[-1].clock.cycle
    desk.wake_until(mon("12:00"))
    desk.report(updated(mon("12:00"), assignee="ana"))
    assert desk.published[-1].clock.outcome is Outcome.BREACHED

    # when it becomes known that the ticket was gone before that cycle began
    late = [data(desk, one) for one in desk.report(deleted(mon("09:15")), now=mon("12:05"))]

    # then its breach is taken back in every word about it
    assert {one["cycle"] for one in late} == {second}
    assert [one["change"]["kind"] for one in late] == ["cancelled", *["retracted"] * 4]
    assert {(one["state"], one["outcome"], one["breached_at"]) for one in late} == {
        ("closed", "cancelled", None)
    }
    assert not any(one["announcements"] for one in late)


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
