"""Our recurrence rules against those of dateutil, where both are bounded and both are right."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st

from calendar_service.formats.recurrence import (
    Budget,
    Exhausted,
    _week,
    expand,
    is_in_step,
    is_yearly,
)
from calendar_service.formats.recurrence_rule import RuleFault, read_rule

LAST = date(2031, 12, 31)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PLENTY = 10**7


def ours(text: str, start: date, first: date, last: date = LAST) -> list[date]:
    return list(expand(read_rule(text), start, first, last, Budget(PLENTY)))


def theirs(text: str, start: date) -> list[date]:
    found = []
    begin = datetime.combine(start, time.min)
    for at in rrulestr(f"RRULE:{text}", dtstart=begin):
        if at.date() > LAST:
            break
        found.append(at.date())
    return found


def some(values: list[int]) -> st.SearchStrategy[str]:
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=3)
    return chosen.map(lambda numbers: ",".join(map(str, numbers)))


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules that always give something, and that dateutil reads as RFC 5545 does.

    It is not so with numbered beside plain weekdays (it takes both conditions), BYSETPOS in the
    first week (it forgets the days before the start), BYMONTHDAY without BYMONTH in a yearly rule
    (every month), and weeks that lie in two years.
    """
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]))
    parts = [f"FREQ={frequency}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 5))}")
    months = draw(st.booleans())
    if months:
        parts.append(f"BYMONTH={draw(some(list(range(1, 13))))}")
    weeks = frequency == "YEARLY" and not months and draw(st.booleans())
    if weeks:
        parts.append(f"BYWEEKNO={draw(some([2, 20, 51, -5]))}")
    days = not weeks and (months or frequency != "YEARLY") and draw(st.booleans())
    if days:
        parts.append(f"BYMONTHDAY={draw(some([1, 13, 28, 30, -1, -5]))}")
    weekdays = weeks or (not days and draw(st.booleans()))
    if weekdays:
        numbered = frequency in {"YEARLY", "MONTHLY"} and not weeks and draw(st.booleans())
        chosen = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=2))
        numbers = [draw(st.sampled_from([1, 2, -1, -2])) if numbered else "" for _ in chosen]
        parts.append(
            "BYDAY=" + ",".join(f"{n}{day}" for n, day in zip(numbers, chosen, strict=True))
        )
    if (days or weekdays) and frequency in {"YEARLY", "MONTHLY"} and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(some([1, -1]))}")
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 30))}")
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(WEEKDAYS))}")
    return ";".join(parts)


@given(rules(), st.dates(date(1995, 1, 1), date(2027, 12, 31)))
def test_the_dates_are_those_of_dateutil(rule: str, near: date) -> None:
    dates = theirs(rule, near)
    assume(dates)
    start = dates[0]
    dates = theirs(rule, start)
    assert is_in_step(read_rule(rule), start)
    assert ours(rule, start, start) == dates
    later = date(2020, 1, 1)
    assert ours(rule, start, later) == [day for day in dates if day >= later]


@pytest.mark.parametrize(
    ("rule", "start", "dates"),
    [
        pytest.param(
            "FREQ=YEARLY;BYMONTHDAY=25", "2026-12-25", ["2026-12-25", "2027-12-25"],
            id="the month is the start's, as RFC 5545 has it",
        ),
        pytest.param(
            "FREQ=YEARLY", "2024-02-29", ["2024-02-29", "2028-02-29"], id="29 February in leap years"
        ),
        pytest.param(
            "FREQ=MONTHLY;COUNT=3", "2026-01-31", ["2026-01-31", "2026-03-31", "2026-05-31"],
            id="short months are skipped and not counted",
        ),
        pytest.param(
            "FREQ=MONTHLY;BYDAY=MO,-1FR;BYMONTH=6", "2026-06-01",
            ["2026-06-01", "2026-06-08", "2026-06-15", "2026-06-22", "2026-06-26", "2026-06-29"],
            id="numbered and plain weekdays together",
        ),
        pytest.param("FREQ=DAILY;COUNT=2", "2026-06-05", ["2026-06-05", "2026-06-06"], id="count"),
        pytest.param(
            "FREQ=YEARLY;BYWEEKNO=1", "2024-12-30", ["2024-12-30", "2025-12-29"],
            id="a week belongs to the year that has most of it",
        ),
    ],
)  # fmt: skip
def test_named_rules(rule: str, start: str, dates: list[str]) -> None:
    last = date(2028, 3, 1)
    found = ours(rule, date.fromisoformat(start), date(2024, 1, 1), last)
    assert [day.isoformat() for day in found][: len(dates)] == dates


def test_weeks_are_those_of_iso() -> None:
    day = date(1970, 1, 1)
    while day < date(2200, 1, 1):
        assert _week(day, 0)[0] == day.isocalendar().week
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("rule", "part", "value"),
    [
        pytest.param("FREQ=SECONDLY", "FREQ", "SECONDLY", id="every second"),
        pytest.param("FREQ=HOURLY;INTERVAL=24", "FREQ", "HOURLY", id="every day, in hours"),
        pytest.param("FREQ=FORTNIGHTLY", "FREQ", "FORTNIGHTLY", id="no such frequency"),
        pytest.param("", "FREQ", "", id="nothing"),
        pytest.param("FREQ=DAILY;INTERVAL=0", "INTERVAL", "0", id="no step"),
        pytest.param("FREQ=DAILY;INTERVAL=-1", "INTERVAL", "-1", id="a step back"),
        pytest.param("FREQ=DAILY;COUNT=0", "COUNT", "0", id="none of them"),
        pytest.param(f"FREQ=DAILY;COUNT={10**11}", "COUNT", str(10**11), id="too large a count"),
        pytest.param("FREQ=DAILY;COUNT=2;UNTIL=20300101", "COUNT", "2", id="two ends"),
        pytest.param("FREQ=YEARLY;BYMONTH=13", "BYMONTH", "13", id="no such month"),
        pytest.param("FREQ=YEARLY;BYMONTHDAY=0", "BYMONTHDAY", "0", id="no such day"),
        pytest.param("FREQ=YEARLY;BYDAY=0MO", "BYDAY", "0MO", id="the zeroth Monday"),
        pytest.param("FREQ=WEEKLY;BYDAY=2MO", "BYDAY", "2MO", id="the second Monday of a week"),
        pytest.param("FREQ=DAILY;BYWEEKNO=2", "BYWEEKNO", "2", id="weeks of a daily rule"),
        pytest.param("FREQ=YEARLY;BYSETPOS=1", "BYSETPOS", "1", id="a choice from nothing"),
        pytest.param("FREQ=DAILY;FREQ=DAILY", "FREQ", "DAILY", id="twice"),
        pytest.param("FREQ=DAILY;RSCALE=CHINESE", "RSCALE", "CHINESE", id="another calendar"),
        pytest.param("FREQ=DAILY;WKST=XX", "WKST", "XX", id="no weekday"),
    ],
)
def test_what_is_refused_says_what_and_why(rule: str, part: str, value: str) -> None:
    with pytest.raises(RuleFault) as caught:
        read_rule(rule)
    fault = caught.value
    assert (fault.part, fault.value) == (part, value)
    assert str(fault)
    assert fault.remedy


@pytest.mark.parametrize(
    ("rule", "start"),
    [
        pytest.param("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2000-01-01", id="30 February"),
        pytest.param("FREQ=DAILY;COUNT=1000000000", "1970-01-01", id="a thousand million days"),
        pytest.param(
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31;COUNT=5", "1600-01-01", id="never, counted"
        ),
        pytest.param(
            "FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=366;COUNT=9", "0001-01-01", id="a choice of nothing"
        ),
    ],
)
def test_the_work_is_bounded_by_days(rule: str, start: str) -> None:
    budget = Budget(5_000)
    dates: list[date] = []
    try:
        dates += expand(read_rule(rule), date.fromisoformat(start), date(1970, 1, 1), LAST, budget)
    except Exhausted:
        assert budget.left < 0
    assert budget.left > -400
    assert len(dates) <= 5_000


@pytest.mark.parametrize(
    ("rule", "yearly"),
    [
        pytest.param("FREQ=YEARLY", True, id="bare"),
        pytest.param("FREQ=YEARLY;INTERVAL=1;WKST=SU", True, id="written out"),
        pytest.param("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", True, id="its own day"),
        pytest.param("FREQ=YEARLY;BYMONTHDAY=25", True, id="its own day, month from the start"),
        pytest.param("FREQ=YEARLY;BYMONTHDAY=26", False, id="another day"),
        pytest.param("FREQ=YEARLY;INTERVAL=2", False, id="every other year"),
        pytest.param("FREQ=YEARLY;COUNT=9", False, id="with an end"),
        pytest.param("FREQ=YEARLY;BYDAY=FR", False, id="by weekday"),
        pytest.param("FREQ=MONTHLY", False, id="monthly"),
    ],
)
def test_which_rules_are_a_day_of_every_year(rule: str, yearly: bool) -> None:
    assert is_yearly(read_rule(rule), date(2026, 12, 25)) is yearly
