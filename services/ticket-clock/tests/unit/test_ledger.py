"""What is told of crossings, what is taken back, and when it is told again."""

from __future__ import annotations

from uuid import UUID

import pytest

from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.fold import fold, judged
from ticket_clock_service.domain.ledger import Announcement, Key, Ledger, difference

from .builders import (
    Desk,
    clocked,
    goes_on,
    mon,
    opened,
    resolved,
    sla,
    tue,
    under,
    updated,
    waits,
    words,
)

RULES = under(sla(("resolution", "P1", 120, "office"), ("resolution", None, 240, "office")))
HALF = Key(Metric.RESOLUTION, "first", "a" * 64, None, "percent:50")


def told(desk: Desk) -> list[str]:
    """The whole ledger as tables write it: `50 #1 Mon 11:00`, with what became of it."""
    return [
        f"{one.key.threshold.removeprefix('percent:')} #{one.n} {clocked(one.crossed_at)}"
        + ("" if one.stands else " taken back")
        for one in sorted(desk.ledger.told, key=lambda one: (one.noticed_at, one.crossed_at))
    ]


def overdue_desk() -> Desk:
    """Opened on Monday at nine, and looked at until half past one: due at one."""
    desk = Desk(RULES)
    desk.report(opened(mon("09:00")))
    desk.wake_until(mon("13:30"))
    return desk


def test_the_due_loop_tells_each_threshold_once() -> None:
    desk = overdue_desk()
    assert told(desk) == [
        "50 #1 Mon 11:00",
        "75 #1 Mon 12:00",
        "90 #1 Mon 12:36",
        "100 #1 Mon 13:00",
    ]
    assert desk.wake(mon("14:00")) == []
    assert desk.next_due is None


def test_a_batch_of_facts_tells_only_what_a_later_fact_proves() -> None:
    desk = Desk(RULES)
    assert words(desk.report(opened(mon("09:00")), now=tue("09:00"))) == [
        "resolution started Mon 09:00"
    ]
    assert words(desk.report(resolved(mon("11:30")), now=tue("09:00"))) == [
        "resolution threshold_crossed percent:50 Mon 11:00",
        "resolution met Mon 11:30",
    ]


def test_a_late_fact_takes_back_what_it_disproves() -> None:
    desk = overdue_desk()
    assert words(desk.report(waits(mon("11:30")), now=mon("14:00"))) == [
        "resolution paused Mon 11:30",
        "resolution retracted percent:75 Mon 12:00",
        "resolution retracted percent:90 Mon 12:36",
        "resolution retracted percent:100 Mon 13:00",
    ]


def test_retracted_and_due_again_is_told_with_the_next_number() -> None:
    desk = overdue_desk()
    desk.report(waits(mon("11:30")), now=mon("14:00"))
    desk.report(goes_on(mon("13:00")), now=mon("14:00"))
    desk.wake_until(tue("09:00"))
    assert told(desk) == [
        "50 #1 Mon 11:00",
        "75 #1 Mon 12:00 taken back",
        "90 #1 Mon 12:36 taken back",
        "100 #1 Mon 13:00 taken back",
        "75 #2 Mon 13:30",
        "90 #2 Mon 14:06",
        "100 #2 Mon 14:30",
    ]
    again = [one for one in desk.published if one.announcement and one.announcement.n == 2]
    assert words(again)[-1] == "resolution breached percent:100 Mon 14:30"


def test_what_merely_moved_is_corrected_in_place() -> None:
    desk = overdue_desk()
    found = desk.report(waits(mon("10:00")), goes_on(mon("10:15"), sequence=1), now=mon("14:00"))
    assert words(found) == [
        "resolution paused Mon 10:00",
        "resolution resumed Mon 10:15",
        "resolution retargeted percent:50 Mon 11:15",
        "resolution retargeted percent:75 Mon 12:15",
        "resolution retargeted percent:90 Mon 12:51",
        "resolution retargeted percent:100 Mon 13:15",
    ]
    assert {one.reason for one in found if one.announcement} == {"corrected"}
    assert all(one.n == 1 and one.stands for one in desk.ledger.told)


def test_what_moved_beyond_now_is_taken_back_and_told_when_it_comes() -> None:
    desk = overdue_desk()
    desk.report(waits(mon("10:00")), goes_on(mon("10:45"), sequence=1), now=mon("13:30"))
    assert [one for one in told(desk) if one.startswith("100")] == ["100 #1 Mon 13:00 taken back"]
    desk.wake_until(mon("14:00"))
    assert [one for one in told(desk) if one.startswith("100")] == [
        "100 #1 Mon 13:00 taken back",
        "100 #2 Mon 13:45",
    ]


def test_an_earlier_fact_that_changes_nothing_takes_nothing_back() -> None:
    desk = overdue_desk()
    found = desk.report(updated(mon("10:00"), group="l2"), now=mon("14:00"))
    assert words(found) == ["resolution retargeted Mon 10:00"], "only the new group is told"


def test_a_behind_batch_does_not_take_back_what_the_loop_has_told_since() -> None:
    desk = overdue_desk()
    desk.report(updated(mon("11:10"), group="l2"), now=mon("11:10"))
    assert all(one.stands for one in desk.ledger.told)


def test_an_overdue_clock_resolved_in_time_after_all_is_met() -> None:
    desk = overdue_desk()
    found = desk.report(resolved(mon("12:40")), now=mon("14:00"))
    assert words(found) == [
        "resolution met Mon 12:40",
        "resolution retracted percent:100 Mon 13:00",
    ]
    (met, *_) = found
    assert [one.key.threshold for one in met.standing] == ["percent:50", "percent:75", "percent:90"]


def test_a_priority_that_changed_before_the_breach_moves_it_to_other_terms() -> None:
    desk = overdue_desk()
    desk.report(updated(mon("10:30"), priority="P1"), now=mon("13:30"))
    desk.wake(mon("13:30"))
    by_key = {(one.key.threshold, one.key.priority): one for one in desk.ledger.told}
    assert clocked(by_key["percent:100", "P1"].crossed_at) == "Mon 11:00"
    assert {key for key, one in by_key.items() if not one.stands} == {
        ("percent:50", None),
        ("percent:75", None),
        ("percent:90", None),
        ("percent:100", None),
    }
    passed = {key for key, one in by_key.items() if one.passed_over}
    assert passed == {("percent:50", "P1")}


def test_flags_say_how_an_announcement_is_to_be_taken() -> None:
    picture = fold([opened(mon("09:00"))], RULES)
    view = judged(picture, RULES, mon("12:30"))
    found = difference(
        Ledger(),
        announce=view,
        standing=view,
        noticed_at=mon("12:31"),
        historical_before=mon("11:30"),
        provisional=True,
    )
    assert [(one.key.threshold, one.historical, one.provisional) for one in found.announced] == [
        ("percent:50", True, True),
        ("percent:75", False, True),
    ]
    assert {one.noticed_at for one in found.announced} == {mon("12:31")}


def test_told_under_terms_that_no_longer_hold_it_is_superseded() -> None:
    desk = Desk(RULES)
    desk.report(opened(mon("09:00")), updated(mon("11:30"), priority="P1"))
    (half,) = desk.ledger.told
    assert half.superseded


@pytest.mark.parametrize("order", [1, -1])
def test_numbers_grow_whatever_order_the_ledger_is_read_in(order: int) -> None:
    rows = [
        Announcement(HALF, n=1, crossed_at=1, noticed_at=1, retracted_at=5),
        Announcement(HALF, n=2, crossed_at=2, noticed_at=6, retracted_at=7),
    ]
    ledger = Ledger.of(rows[::order])
    assert (ledger.next_n(HALF), ledger.standing, ledger.horizon) == (3, {}, 0)
    assert sorted(one.n for one in ledger.told) == [1, 2]


def test_an_announcement_has_one_name_for_ever() -> None:
    first = Announcement(HALF, n=1, crossed_at=1, noticed_at=1)
    moved = Announcement(HALF, n=1, crossed_at=2, noticed_at=3, historical=True)
    again = Announcement(HALF, n=2, crossed_at=1, noticed_at=1)
    assert first.id("acme", "INC-1") == moved.id("acme", "INC-1")
    assert isinstance(first.id("acme", "INC-1"), UUID)
    names = {
        first.id("acme", "INC-1"),
        again.id("acme", "INC-1"),
        first.id("other", "INC-1"),
        first.id("acme", "INC-2"),
    }
    assert len(names) == 4
