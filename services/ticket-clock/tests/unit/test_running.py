"""How clocks run, pause and end, on calendars with awkward dates."""

from __future__ import annotations

import pytest

from ticket_clock_service.domain.clock import Outcome, State
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import fold
from ticket_clock_service.domain.reading import read
from ticket_clock_service.domain.rulebook import Rulebook

from .builders import (
    HOUR,
    MINUTE,
    RESOLUTION,
    RESPONSE,
    Snapshot,
    at,
    calendar,
    clock,
    clocked,
    fri,
    goes_on,
    mon,
    next_mon,
    opened,
    replied,
    resolved,
    rulebook,
    sat,
    sla,
    status,
    tue,
    under,
    updated,
    view,
    waits,
    weekdays,
)

RULES = rulebook()
LONDON, NEW_YORK, AUCKLAND = "Europe/London", "America/New_York", "Pacific/Auckland"


def elapsed(facts: list[AnyFact], until: int, rules: Rulebook = RULES) -> int:
    """Whole minutes that the resolution clock has used, after a check that they are whole."""
    reading = read(clock(view(facts, rules, until)), rules.agreements, until)
    assert reading.elapsed % MINUTE == 0
    assert reading.elapsed + (reading.remaining or 0) == reading.target
    return reading.elapsed // MINUTE


def four_hours(on: Snapshot) -> Rulebook:
    return under(sla(("resolution", None, 240, "here"), calendars={"here": on}))


@pytest.mark.parametrize(
    ("facts", "until", "minutes"),
    [
        pytest.param([opened(mon("09:00"))], mon("13:00"), 240, id="inside office hours"),
        pytest.param([opened(mon("07:00"))], mon("10:00"), 60, id="opened before the office"),
        pytest.param([opened(mon("16:00"))], tue("10:00"), 120, id="over a night"),
        pytest.param([opened(fri("16:00"))], next_mon("10:00"), 120, id="over a weekend"),
        pytest.param([opened(sat("12:00"))], next_mon("10:00"), 60, id="opened at the weekend"),
        pytest.param(
            [opened(mon("09:00")), waits(mon("11:00")), goes_on(mon("14:00"))],
            mon("15:00"),
            180,
            id="time goes on from where it stood",
        ),
        pytest.param(
            [opened(fri("15:00")), waits(fri("16:00")), goes_on(next_mon("10:00"))],
            next_mon("11:00"),
            120,
            id="paused over a weekend: only business time is kept, none is credited",
        ),
        pytest.param(
            [opened(mon("09:00")), waits(mon("20:00")), goes_on(mon("22:00"))],
            tue("09:30"),
            510,
            id="paused outside office hours: nothing changes",
        ),
        pytest.param(
            [opened(mon("09:00"), status="Pending"), goes_on(mon("11:00"))],
            mon("12:00"),
            60,
            id="created paused",
        ),
        pytest.param(
            [opened(mon("09:00")), status(mon("11:00"), "on hold"), goes_on(mon("14:00"))],
            mon("15:00"),
            360,
            id="a status that pauses nothing",
        ),
        pytest.param(
            [opened(mon("09:00")), waits(mon("10:00")), goes_on(mon("10:00"), sequence=1)],
            mon("11:00"),
            120,
            id="a pause of no length",
        ),
        pytest.param(
            [opened(mon("09:00")), waits(mon("10:00")), resolved(mon("12:00"))],
            mon("15:00"),
            60,
            id="resolved out of a pause: the pause does not count",
        ),
        pytest.param([opened(mon("09:00"), status="Closed")], mon("15:00"), 0, id="created closed"),
        pytest.param(
            [opened(mon("09:00"))]
            + [
                fact
                for m in range(0, 50, 5)
                for fact in (waits(mon(f"10:{m:02}")), goes_on(mon(f"10:{m:02}:30")))
            ],
            mon("10:55"),
            110,
            id="ten pauses of half a minute are five minutes",
        ),
    ],
)
def test_elapsed_office_time(facts: list[AnyFact], until: int, minutes: int) -> None:
    assert elapsed(facts, until) == minutes


@pytest.mark.parametrize(
    ("on", "opened_at", "due"),
    [
        pytest.param(
            calendar(LONDON, "00:00", "06:00")
            | {"windows": [{"weekday": 6, "start": "00:00", "end": "06:00"}]},
            at("2026-03-29 00:00", LONDON),
            at("2026-03-29 05:00", LONDON),
            id="the hour that spring leaves out is not there",
        ),
        pytest.param(
            calendar(LONDON, "00:00", "06:00")
            | {"windows": [{"weekday": 6, "start": "00:00", "end": "06:00"}]},
            at("2026-10-25 00:00", LONDON),
            at("2026-10-25 03:00", LONDON),
            id="the hour that autumn repeats counts twice",
        ),
        pytest.param(
            calendar(LONDON),
            at("2026-03-27 16:00", LONDON),
            at("2026-03-30 12:00", LONDON),
            id="over the weekend on which the clocks go forward",
        ),
        pytest.param(
            calendar(NEW_YORK),
            at("2026-10-30 16:00", NEW_YORK),
            at("2026-11-02 12:00", NEW_YORK),
            id="west of UTC, over the end of summer time",
        ),
        pytest.param(
            calendar(AUCKLAND),
            at("2026-09-25 16:00", AUCKLAND),
            at("2026-09-28 12:00", AUCKLAND),
            id="east of UTC, over the beginning of summer time",
        ),
        pytest.param(
            {
                "timezone": LONDON,
                "windows": [{"weekday": d, "start": "22:00", "end": "02:00"} for d in range(5)],
            },
            at("2026-03-06 23:00", LONDON),
            at("2026-03-09 23:00", LONDON),
            id="night shifts cross midnight, Friday's into Saturday",
        ),
        pytest.param(
            {
                "timezone": LONDON,
                "windows": weekdays("09:00", "12:00") + weekdays("13:00", "15:00"),
            },
            at("2026-03-02 10:00", LONDON),
            at("2026-03-02 15:00", LONDON),
            id="a lunch break; due at the closing instant",
        ),
        pytest.param(
            calendar(LONDON)
            | {"holidays": [{"date": "2026-05-25", "name": "Spring bank holiday"}]},
            at("2026-05-22 16:00", LONDON),
            at("2026-05-26 12:00", LONDON),
            id="a Monday holiday",
        ),
    ],
)
def test_due_instants(on: Snapshot, opened_at: int, due: int) -> None:
    rules = four_hours(on)
    picture = fold([opened(opened_at)], rules)
    assert read(clock(picture), rules.agreements, opened_at).due == due


def test_a_pause_across_a_clock_change_moves_the_due_instant_by_its_business_time() -> None:
    rules = four_hours(calendar(LONDON))
    facts = [
        opened(at("2026-03-27 15:00", LONDON)),
        waits(at("2026-03-27 16:00", LONDON)),
        goes_on(at("2026-03-31 09:30", LONDON)),
    ]
    reading = read(clock(fold(facts, rules)), rules.agreements, at("2026-03-31 10:00", LONDON))
    assert reading.due == at("2026-03-31 12:30", LONDON)
    assert reading.elapsed == 90 * MINUTE


@pytest.mark.parametrize(
    ("facts", "outcome", "stopped"),
    [
        pytest.param(
            [replied(mon("09:30"))], Outcome.MET, "Mon 09:30", id="first public agent reply"
        ),
        pytest.param(
            [replied(mon("09:30"), public=False)],
            Outcome.PENDING,
            None,
            id="an internal note is none",
        ),
        pytest.param(
            [replied(mon("09:30"), "customer")],
            Outcome.PENDING,
            None,
            id="nor is the customer's own",
        ),
        pytest.param(
            [replied(mon("09:30")), replied(mon("11:30"))],
            Outcome.MET,
            "Mon 09:30",
            id="only the first counts",
        ),
        pytest.param([resolved(mon("09:40"))], Outcome.MET, "Mon 09:40", id="else at resolution"),
        pytest.param(
            [status(mon("09:40"), "Closed")], Outcome.MET, "Mon 09:40", id="or at closing"
        ),
        pytest.param(
            [status(mon("09:40"), "Cancelled")],
            Outcome.CANCELLED,
            "Mon 09:40",
            id="cancelled is no answer",
        ),
        pytest.param(
            [replied(mon("10:00"))], Outcome.MET, "Mon 10:00", id="exactly when due is in time"
        ),
        pytest.param(
            [replied(mon("10:00:00.000001"))],
            Outcome.BREACHED,
            "Mon 10:00+1µs",
            id="a microsecond later is not",
        ),
        pytest.param(
            [waits(mon("09:30")), replied(mon("12:00"))],
            Outcome.MET,
            "Mon 12:00",
            id="answered while it was the customer's turn",
        ),
    ],
)
def test_first_response(facts: list[AnyFact], outcome: Outcome, stopped: str | None) -> None:
    one = clock(fold([opened(mon("09:00")), *facts], RULES), RESPONSE)
    assert (one.outcome, clocked(None if one.is_open else one.since)) == (outcome, stopped)


def test_a_reply_does_not_end_the_resolution_clock_and_they_run_in_parallel() -> None:
    picture = view([opened(mon("09:00"), priority="P2")], RULES, mon("12:00"))
    assert len(clock(picture, RESPONSE).crossings) == 4
    assert [one.threshold for one in clock(picture).crossings] == ["percent:50"]
    answered = fold([opened(mon("09:00")), replied(mon("09:30"))], RULES)
    assert clock(answered).state is State.ACTIVE


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("resolved", Outcome.MET),
        ("closed", Outcome.MET),
        ("cancelled", Outcome.CANCELLED),
    ],
)
def test_what_ends_the_resolution_clock(word: str, outcome: Outcome) -> None:
    one = clock(fold([opened(mon("09:00")), status(mon("10:00"), word)], RULES))
    assert (one.state, one.outcome, one.reasons) == (State.CLOSED, outcome, (word,))


def test_closing_what_is_resolved_changes_nothing() -> None:
    facts = [opened(mon("09:00")), resolved(mon("10:00")), status(tue("10:00"), "Closed")]
    one = clock(fold(facts, RULES))
    assert (clocked(one.since), one.reasons) == ("Mon 10:00", ("resolved",))


def test_several_changes_of_one_fact_are_one_instant() -> None:
    facts = [
        opened(mon("09:00"), priority="P2"),
        waits(mon("10:00")),
        resolved(tue("16:00"), priority="P1", group="l2", assignee="u2"),
    ]
    one = clock(fold(facts, RULES))
    assert (one.outcome, one.elapsed) == (Outcome.MET, HOUR), "six hours of hold are not held"
    assert one.aim.priority == "P1"
    assert one.kept is not None
    assert (one.kept.group, one.kept.assignee) == ("l2", "u2"), "attribution of its end"


def test_a_closed_clock_keeps_the_attribution_of_its_end() -> None:
    facts = [
        opened(mon("09:00"), group="l1"),
        resolved(mon("10:00")),
        updated(tue("10:00"), group="l9"),
    ]
    picture = fold(facts, RULES)
    kept = clock(picture).kept
    assert kept is not None
    assert (kept.group, picture.ticket.group) == ("l1", "l9")


def test_pauses_are_rules_of_a_metric() -> None:
    rules = under(
        sla(
            ("first_response", None, 60, "office"),
            ("resolution", None, 240, "office"),
            pause={"resolution": ["waiting_on_third_party", "on_hold"], "first_response": []},
        )
    )
    states = {}
    for word in ("Pending", "Awaiting Vendor", "On Hold"):
        picture = fold([opened(mon("09:00")), status(mon("10:00"), word)], rules)
        states[word] = (clock(picture, RESPONSE).state, clock(picture, RESOLUTION).state)
    assert states == {
        "Pending": (State.ACTIVE, State.ACTIVE),
        "Awaiting Vendor": (State.ACTIVE, State.PAUSED),
        "On Hold": (State.ACTIVE, State.PAUSED),
    }


def test_a_pause_goes_on_through_several_reasons() -> None:
    rules = under(
        sla(
            ("resolution", None, 240, "office"),
            pause={"resolution": ["waiting_on_customer", "on_hold"]},
        )
    )
    facts = [opened(mon("09:00")), waits(mon("10:00")), status(mon("11:00"), "On Hold")]
    one = clock(fold(facts, rules))
    assert (clocked(one.since), one.reasons) == ("Mon 10:00", ("waiting_on_customer", "on_hold"))


def test_a_target_beyond_all_time_is_never_due() -> None:
    rules = under(sla(("resolution", None, 200 * 366 * 24 * 60, "24x7")))
    picture = fold([opened(at("2199-12-31 00:00"))], rules)
    assert clock(picture).next_at is None
    assert read(clock(picture), rules.agreements, at("2199-12-31 01:00")).due is None
