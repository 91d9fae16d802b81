"""Defects and complaints of other systems, each as it is told there, and what happens here."""

from __future__ import annotations

import time

import pytest

from ticket_clock_service.domain.clock import Outcome, State
from ticket_clock_service.domain.codec import StalePictureError, picture_of
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.picture import FOLD_VERSION
from ticket_clock_service.domain.reading import read
from ticket_clock_service.domain.rulebook import Rulebook

from .builders import (
    HOUR,
    RESOLUTION,
    RESPONSE,
    Desk,
    at,
    calendar,
    clock,
    clocked,
    crossed,
    deleted,
    fri,
    goes_on,
    mon,
    next_mon,
    opened,
    replied,
    resolved,
    rulebook,
    sla,
    spelled,
    status,
    tue,
    under,
    updated,
    view,
    waits,
    weekdays,
    words,
)

TEN_HOURS = under(
    sla(
        ("resolution", None, 600, "day"),
        ("first_response", None, 60, "day"),
        calendars={"day": calendar(start="08:00", end="18:00")},
    )
)


def due(facts: list[AnyFact], rules: Rulebook = TEN_HOURS) -> str | None:
    picture = fold(facts, rules)
    return clocked(read(clock(picture), rules.agreements, picture.at).due)


# --- Alga ---------------------------------------------------------------------------------------


def test_b1_a_pause_over_a_weekend_moves_the_deadline_by_its_business_time() -> None:
    facts = [opened(fri("10:00"))]
    assert due(facts) == "Mon 10:00"
    assert due([*facts, waits(fri("17:00")), goes_on(next_mon("09:00"))]) == "Mon 12:00"


def test_b2_many_short_pauses_are_not_lost() -> None:
    facts = [opened(mon("09:00"))]
    for second in range(0, 3000, 50):
        start = mon("10:00") + second * 1_000_000
        facts += [waits(start), goes_on(start + 25 * 1_000_000)]
    assert read(clock(fold(facts, TEN_HOURS)), TEN_HOURS.agreements, mon("11:00")).elapsed == (
        2 * HOUR - 60 * 25 * 1_000_000
    )


def test_b5_a_pause_skips_no_threshold() -> None:
    facts = [opened(mon("08:00")), waits(mon("12:59")), goes_on(mon("14:00"))]
    assert crossed(clock(view(facts, TEN_HOURS, tue("18:00")))) == {
        "percent:50": "Mon 14:01",
        "percent:75": "Mon 16:31",
        "percent:90": "Tue 08:01",
        "percent:100": "Tue 09:01",
    }


def test_b6_resolution_warns_while_nobody_has_answered_yet() -> None:
    picture = view([opened(mon("08:00"))], TEN_HOURS, mon("13:01"))
    assert clock(picture, RESPONSE).outcome is Outcome.BREACHED
    assert crossed(clock(picture)) == {"percent:50": "Mon 13:00"}


def test_b7_thresholds_past_the_breach_are_reached() -> None:
    rules = under(sla(("resolution", None, 60, "24x7"), thresholds=["percent:110"]))
    assert "percent:110" in crossed(clock(view([opened(mon("09:00"))], rules, mon("10:07"))))


def test_b8_a_change_of_priority_forgets_neither_time_nor_pauses_nor_thresholds() -> None:
    rules = under(
        sla(
            ("resolution", "P1", 240, "24x7"),
            ("resolution", "P2", 480, "24x7"),
            thresholds=["percent:80"],
        )
    )
    facts = [
        opened(mon("09:00"), priority="P2"),
        waits(mon("10:00")),
        goes_on(mon("11:00")),
        updated(mon("12:00"), priority="P1"),
    ]
    assert due(facts, rules) == "Mon 14:00"
    assert set(crossed(clock(view(facts, rules, mon("15:00"))))) == {"percent:80", "percent:100"}


def test_b10_a_breach_does_not_falsify_the_first_response() -> None:
    one = clock(fold([opened(mon("08:00")), replied(mon("15:00"))], TEN_HOURS), RESPONSE)
    assert (clocked(one.since), one.outcome, one.elapsed) == (
        "Mon 15:00",
        Outcome.BREACHED,
        7 * HOUR,
    )
    assert clocked(one.breach.at if one.breach else None) == "Mon 09:00"


def test_b11_closing_again_does_not_overwrite_the_verdict() -> None:
    facts = [
        opened(mon("08:00")),
        resolved(tue("09:00")),
        goes_on(tue("09:30")),
        resolved(tue("09:31")),
    ]
    assert clock(fold(facts, TEN_HOURS)).outcome is Outcome.BREACHED


# --- complaints elsewhere -----------------------------------------------------------------------


@pytest.mark.parametrize("hour", range(0, 24, 5))
@pytest.mark.parametrize("minutes", [7, 240, 481, 960])
def test_r2_every_deadline_lies_in_an_open_window_or_at_its_closing_edge(
    hour: int, minutes: int
) -> None:
    rules = under(sla(("resolution", None, minutes, "office")))
    facts = [
        opened(fri(f"{hour:02}:13")),
        waits(at(f"2026-03-07 {hour:02}:13")),
        goes_on(at(f"2026-03-10 {hour:02}:13")),
    ]
    found = read(clock(fold(facts, rules)), rules.agreements, facts[-1].at).due
    assert found is not None
    office = rules.agreements[next(iter(rules.agreements))].target(RESOLUTION, None)
    assert office is not None
    assert office.calendar.time.elapsed_us(found - 1, found) == 1, "it is open just before"


def test_r3_a_change_of_priority_after_pauses_is_no_instant_breach() -> None:
    rules = under(sla(("resolution", "P1", 120, "office"), ("resolution", None, 960, "office")))
    facts = [
        opened(mon("09:00")),
        waits(mon("09:30")),
        goes_on(next_mon("09:00")),
        updated(next_mon("09:10"), priority="P1"),
    ]
    assert clock(view(facts, rules, next_mon("09:11"))).outcome is Outcome.PENDING
    assert due(facts, rules) == "Mon 10:30"


def test_r6_a_hold_of_months_ends_before_what_closes_the_ticket_in_the_same_save() -> None:
    facts = [
        opened(at("2026-01-05 09:00")),
        waits(at("2026-01-05 10:00")),
        resolved(mon("12:00"), group="x"),
    ]
    one = clock(fold(facts, TEN_HOURS))
    assert (one.outcome, one.elapsed) == (Outcome.MET, HOUR)


def test_r9_an_ended_clock_stands_still_for_ever() -> None:
    facts = [opened(mon("09:00")), resolved(tue("17:00"))]
    one = clock(fold(facts, TEN_HOURS))
    seen = {
        read(one, TEN_HOURS.agreements, instant) for instant in (tue("17:00"), next_mon("09:00"))
    }
    assert len(seen) == 1


def test_r10_lunch_breaks_and_nights_are_windows_like_others() -> None:
    split = {
        "timezone": "Europe/London",
        "windows": [*weekdays("09:00", "12:00"), *weekdays("21:00", "02:00")],
    }
    rules = under(sla(("resolution", None, 480, "split"), calendars={"split": split}))
    assert due([opened(mon("09:00"))], rules) == "Tue 02:00"
    assert due([opened(fri("11:00"))], rules) == "Mon 11:00"


def test_r11_around_the_clock_is_plain_addition_over_every_midnight() -> None:
    rules = under(sla(("resolution", None, 30 * 24 * 60, "24x7")))
    start = at("2026-03-20 10:00")
    found = read(clock(fold([opened(start)], rules)), rules.agreements, start).due
    assert found == start + 30 * 24 * HOUR


def test_r16_deletion_ends_it_and_nothing_is_due_any_more() -> None:
    desk = Desk(TEN_HOURS)
    desk.report(opened(mon("09:00")), deleted(mon("09:10"), "merged"))
    assert desk.next_due is None
    assert words(desk.wake(next_mon("09:00"))) == []


@pytest.mark.parametrize("word", ["closed", "resolved", "pending"])
def test_r17_created_handled_or_waiting_burns_no_time(word: str) -> None:
    desk = Desk(TEN_HOURS)
    desk.report(opened(mon("09:00"), status=word))
    assert desk.wake(next_mon("09:00")) == []
    assert all(one.elapsed == 0 for one in desk.picture.clocks)  # type: ignore[union-attr]


def test_r20_a_warning_before_the_deadline_is_counted_back_in_business_time() -> None:
    rules = under(sla(("resolution", None, 120, "office"), thresholds=["before_due:60"]))
    found = crossed(clock(view([opened(fri("16:30"))], rules, next_mon("17:00"))))
    assert found == {"before_due:60": "Mon 09:30", "percent:100": "Mon 10:30"}


def test_r23_a_ticket_by_mail_gets_its_target_when_its_priority_is_known() -> None:
    rules = under(sla(("resolution", "P1", 120, "office"), ("resolution", None, 960, "office")))
    facts = [opened(mon("09:00"))]
    assert due(facts, rules) == "Tue 17:00"
    assert due([*facts, updated(mon("09:05"), priority="P1")], rules) == "Mon 11:00"


def test_r28_binding_again_to_the_same_terms_repeats_no_breach() -> None:
    desk = Desk(rulebook())
    desk.report(opened(mon("09:00"), priority="P1"))
    desk.wake_until(mon("12:00"))
    desk.report(updated(mon("12:00"), priority="P2"))
    desk.report(updated(mon("12:10"), priority="P1"), updated(mon("12:20"), assignee="u9"))
    desk.wake(mon("12:21"))
    breaches = [one for one in words(desk.published) if "resolution breached" in one]
    assert breaches == ["resolution breached percent:100 Mon 11:00"]
    assert desk.published[-1].clock.outcome is Outcome.BREACHED


def test_a_late_pause_of_a_microsecond_decides() -> None:
    facts = [opened(mon("08:00"))]
    in_time, late = waits(mon("18:00")), waits(mon("18:00:00.000001"))
    assert clock(fold([*facts, in_time], TEN_HOURS)).outcome is Outcome.PENDING
    assert clock(fold([*facts, late], TEN_HOURS)).outcome is Outcome.BREACHED


# --- size and age -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pauses", "priorities", "groups", "reopenings", "unknown"])
def test_ten_thousand_facts_of_one_ticket_are_folded_in_seconds(kind: str) -> None:
    facts = [opened(mon("09:00"))]
    for number in range(9_999):
        instant = mon("09:01") + number * 1_000_000
        odd = number % 2 == 1
        facts.append(
            {
                "pauses": waits(instant) if odd else goes_on(instant),
                "priorities": updated(instant, priority=f"P{number % 3}"),
                "groups": updated(instant, group=f"g{number}"),
                "reopenings": resolved(instant) if odd else goes_on(instant),
                "unknown": status(instant, f"what {number % 7}"),
            }[kind]
        )
    began = time.process_time()
    picture = fold(facts, rulebook())
    assert time.process_time() - began < 10
    assert picture_of(spelled(picture)) == picture


def test_a_picture_of_another_fold_is_refused() -> None:
    content = spelled(fold([opened(mon("09:00"))], rulebook()))
    content = content.replace(f'"fold":{FOLD_VERSION}'.encode(), b'"fold":0')
    with pytest.raises(StalePictureError, match="made by fold 0"):
        picture_of(content)


def test_a_ticket_that_nobody_opened_runs_no_clock() -> None:
    picture = view([replied(mon("09:00")), status(mon("10:00"), "open")], TEN_HOURS, tue("09:00"))
    assert [one for one in picture.clocks if one.state is State.ACTIVE] == []
