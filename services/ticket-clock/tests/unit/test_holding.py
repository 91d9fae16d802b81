"""To whom a decided cycle counts: who had the ticket at that instant, whoever has it afterwards."""

from __future__ import annotations

import pytest

from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.changes import ChangeKind
from ticket_clock_service.domain.event import clock_data
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.holding import attribution

from .builders import (
    RESOLUTION,
    RESPONSE,
    Desk,
    clock,
    clocked,
    default,
    deleted,
    entry,
    goes_on,
    mon,
    opened,
    replied,
    resolved,
    rulebook,
    sla,
    tue,
    under,
    updated,
    waits,
)

TWO_HOURS = under(
    sla(
        ("first_response", None, 60, "office"),
        ("resolution", "P1", 60, "office"),
        ("resolution", None, 120, "office"),
        thresholds=[],
    )
)
HALF_AN_HOUR = sla(
    ("resolution", None, 30, "office"), sla_id="ola", agreement_type="ola", group="l1"
)
WITH_OLA = rulebook(
    default(sla(("resolution", None, 120, "office"))),
    entry("assignment", recorded=2, sla=HALF_AN_HOUR, match={"group": "l1"}),
    slas=[sla(("resolution", None, 120, "office")), HALF_AN_HOUR],
)

ANN = opened(mon("09:00"), assignee="ann", group="l1")


def to_bob(instant: int) -> AnyFact:
    return updated(instant, assignee="bob", group="l2")


CASES = [
    pytest.param([ANN], ("ann", "l1", "Mon 11:00"), id="breached while she has it"),
    pytest.param(
        [ANN, to_bob(mon("10:00"))],
        ("bob", "l2", "Mon 11:00"),
        id="breached after it was handed on",
    ),
    pytest.param(
        [ANN, to_bob(mon("11:00"))],
        ("bob", "l2", "Mon 11:00"),
        id="handed on at the very instant: who has it beyond it",
    ),
    pytest.param(
        [ANN, to_bob(mon("11:01"))],
        ("ann", "l1", "Mon 11:00"),
        id="handed on after the breach",
    ),
    pytest.param(
        [ANN, to_bob(mon("12:00")), resolved(mon("13:00"))],
        ("ann", "l1", "Mon 11:00"),
        id="breached, handed on and solved late by another",
    ),
    pytest.param(
        [ANN, resolved(mon("10:00"))],
        ("ann", "l1", "Mon 10:00"),
        id="met by her",
    ),
    pytest.param(
        [ANN, resolved(mon("10:00")), to_bob(mon("10:30"))],
        ("ann", "l1", "Mon 10:00"),
        id="handed on after the end",
    ),
    pytest.param(
        [ANN, resolved(mon("10:00"), assignee="bob")],
        ("bob", "l1", "Mon 10:00"),
        id="who takes it and solves it at once has solved it",
    ),
    pytest.param(
        [ANN, resolved(mon("10:00"), id="1", sequence=1), updated(mon("10:00"), sequence=2)],
        ("ann", "l1", "Mon 10:00"),
        id="news of the same instant without a holder",
    ),
    pytest.param(
        [opened(mon("09:00"))],
        (None, None, "Mon 11:00"),
        id="nobody had it",
    ),
    pytest.param(
        [opened(mon("09:00"), group="l1")],
        (None, "l1", "Mon 11:00"),
        id="a group without a person",
    ),
    pytest.param(
        [ANN, updated(mon("10:00"), assignee=None)],
        (None, "l1", "Mon 11:00"),
        id="taken from her",
    ),
    pytest.param(
        [updated(mon("08:00"), assignee="bob"), opened(mon("09:00"), assignee="ann")],
        ("bob", None, "Mon 11:00"),
        id="what was said before the opening holds from it on",
    ),
    pytest.param(
        [ANN, waits(mon("10:00")), to_bob(mon("12:00")), goes_on(mon("13:00"))],
        ("bob", "l2", "Mon 14:00"),
        id="handed on while it waits",
    ),
    pytest.param(
        [ANN, updated(mon("10:30"), priority="P1", assignee="bob")],
        ("bob", "l1", "Mon 10:30"),
        id="a tighter target, used up already, is whose who takes it with it",
    ),
    pytest.param(
        [ANN, updated(mon("12:00"), priority="P1", assignee="bob")],
        ("bob", "l1", "Mon 12:00"),
        id="judged anew by the target in force",
    ),
    pytest.param(
        [ANN, resolved(mon("10:00")), goes_on(mon("10:30"), assignee="bob")],
        ("bob", "l1", "Mon 11:30"),
        id="reopened for another",
    ),
    pytest.param(
        [ANN, resolved(mon("10:00")), goes_on(mon("10:30")), deleted(mon("11:00"))],
        None,
        id="deleted",
    ),
    pytest.param([ANN, deleted(mon("10:00"))], None, id="called off"),
]


@pytest.mark.parametrize(("facts", "expected"), CASES)
def test_attribution_of_the_resolution(
    facts: list[AnyFact], expected: tuple[str | None, str | None, str] | None
) -> None:
    assert attributed(Desk(TWO_HOURS), facts) == expected


def attributed(
    desk: Desk, facts: list[AnyFact], metric: Metric = RESOLUTION
) -> tuple[str | None, str | None, str | None] | None:
    """To whom the cycle counts; the last event about it says the same."""
    desk.report(*facts)
    desk.wake_until(tue("09:00"))
    picture = fold(facts, desk.rules, tue("09:00"))
    found = attribution(clock(picture, metric))
    told = said(desk, metric)
    if found is None:
        assert told is None
        return None
    assignee, group = (found.holder.assignee, found.holder.group) if found.holder else (None, None)
    assert told is not None
    assert (told["assignee"], told["group"]) == (assignee, group)
    return assignee, group, clocked(found.at)


def said(desk: Desk, metric: Metric = RESOLUTION) -> dict[str, str | None] | None:
    """`attributed_to` of the last event about a metric."""
    last = [one for one in desk.published if one.clock.metric is metric][-1]
    data = clock_data(
        last,
        desk.rules.agreements,
        tenant="t",
        ticket_id="i",
        revision=1,
        sequence=1,
        noticed_at=0,
    )
    found: dict[str, str | None] | None = data["attributed_to"]
    return found


def test_each_metric_counts_to_who_decided_it() -> None:
    facts = [ANN, replied(mon("09:30")), to_bob(mon("10:00")), resolved(mon("10:30"))]
    assert attributed(Desk(TWO_HOURS), facts, RESPONSE) == ("ann", "l1", "Mon 09:30")
    assert attributed(Desk(TWO_HOURS), facts) == ("bob", "l2", "Mon 10:30")


def test_the_clock_of_an_ola_counts_to_the_group_that_had_the_ticket() -> None:
    facts = [ANN, to_bob(mon("09:20"))]
    (met,) = [one for one in fold(facts, WITH_OLA).past if one.owner]
    found = attribution(met)
    assert found is not None
    assert found.holder is not None
    assert (found.holder.assignee, found.holder.group) == ("ann", "l1")


def test_pending_counts_to_nobody() -> None:
    assert attribution(clock(fold([ANN], TWO_HOURS))) is None


def test_a_later_hand_over_tells_the_same_attribution_again() -> None:
    desk = Desk(TWO_HOURS)
    desk.report(ANN)
    desk.wake_until(mon("12:00"))
    assert said(desk) == {"assignee": "ann", "group": "l1", "at": "2026-03-02T11:00:00Z"}
    desk.report(to_bob(mon("12:00")))
    assert said(desk) == {"assignee": "ann", "group": "l1", "at": "2026-03-02T11:00:00Z"}


def test_a_hand_over_told_late_is_told_as_a_correction() -> None:
    desk = Desk(TWO_HOURS)
    desk.report(ANN, updated(mon("12:00"), assignee="cay", group="l3"))
    assert said(desk) == {"assignee": "ann", "group": "l1", "at": "2026-03-02T11:00:00Z"}

    (change,) = [
        one
        for one in desk.report(to_bob(mon("10:00")), now=mon("13:00"))
        if one.clock.metric is RESOLUTION
    ]
    assert (change.kind, change.reason) == (ChangeKind.RETARGETED, "corrected")
    assert said(desk) == {"assignee": "bob", "group": "l2", "at": "2026-03-02T11:00:00Z"}
    assert desk.wake(mon("13:00")) == []
