"""Laws that hold for every calendar, instant and amount."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaclock.business_time import BusinessCalendar, NoBusinessTime, seal, zone_of
from slaclock.business_time.errors import InstantOutOfRange
from slaclock.testing.calendars import calendar, instants_us, snapshots

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60_000_000
CALENDARS = snapshots().map(BusinessCalendar.from_snapshot)
AMOUNTS = st.one_of(
    st.integers(-30 * 1440 * MINUTE, 30 * 1440 * MINUTE),
    st.integers(-30 * 24, 30 * 24).map(lambda count: count * 60 * MINUTE),
)
ONE_DAY = 86_400_000_000
WEEK_M = 7 * 1440
WEEK = 7 * ONE_DAY
MIRROR = 1_767_571_200_000_000
"""2026-01-05, a Monday: what lies before it is the mirror image of what follows."""


def added(found: BusinessCalendar, start: int, amount: int) -> int | None:
    """Where *amount* leads, unless the calendar is too rarely open."""
    try:
        return found.add_us(start, amount)
    except (NoBusinessTime, InstantOutOfRange):
        return None


def asked(found: BusinessCalendar, one: int, two: int, amount: int) -> list[object]:
    """What a calendar answers, in every way of asking it."""
    start, end = EPOCH + timedelta(microseconds=one), EPOCH + timedelta(microseconds=two)
    near = start + timedelta(days=40)
    trace = found.explain(start, near)
    return [
        found.elapsed_us(one, two),
        found.elapsed(start, end),
        found.calculate_business_minutes(start, end),
        found.elapsed_many([one, two], two).tolist(),
        added(found, one, amount),
        found.next_us(one),
        found.previous_us(two),
        found.is_open_us(one),
        found.local_date(two),
        (trace.microseconds, trace.parts, trace.holidays, trace.changes),
    ]


@st.composite
def weeks(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Windows within a week, in minutes after its first midnight, apart from each other."""
    edges = draw(st.lists(st.integers(0, WEEK_M), min_size=2, max_size=12, unique=True))
    pairs = zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False)
    return [(start * MINUTE, min(end, start + 1439) * MINUTE) for start, end in pairs]


def weekly(week: list[tuple[int, int]]) -> BusinessCalendar:
    """A calendar on UTC's clock, from microseconds after the first midnight of the week."""
    windows = [
        {
            "weekday": start // ONE_DAY,
            "start": clock(start % ONE_DAY // MINUTE),
            "end": clock(end % ONE_DAY // MINUTE),
        }
        for start, end in week
    ]
    return BusinessCalendar.from_snapshot({"timezone": "UTC", "windows": windows})


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def overtime_beside(draw: st.DrawFn, windows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Overtime of every week that lies between the regular windows, touching them if it likes."""
    free = [True] * WEEK_M
    for window in windows:
        start, end = (
            int(text[:2]) * 60 + int(text[3:]) for text in (window["start"], window["end"])
        )
        begun = window["weekday"] * 1440 + start
        for minute in range(begun, begun + (end - start if end > start else end - start + 1440)):
            free[minute % WEEK_M] = False
    found: list[dict[str, Any]] = []
    for begun in draw(st.lists(st.integers(0, WEEK_M - 1), max_size=6)):
        length = draw(st.integers(1, 1439))
        minutes = [minute % WEEK_M for minute in range(begun, begun + length)]
        if all(free[minute] for minute in minutes):
            for minute in minutes:
                free[minute] = False
            hours = {"start": clock(begun % 1440), "end": clock((begun + length) % 1440)}
            found.append({"weekday": begun // 1440, **hours, "multiplier": "1.50"})
    return found


@given(CALENDARS, instants_us(), AMOUNTS)
def test_elapsed_undoes_add(found: BusinessCalendar, start: int, amount: int) -> None:
    end = added(found, start, amount)
    if end is not None:
        assert found.elapsed_us(start, end) == amount


@given(CALENDARS, instants_us(), instants_us())
def test_add_undoes_elapsed_up_to_closed_time(
    found: BusinessCalendar, start: int, end: int
) -> None:
    amount = found.elapsed_us(start, end)
    reached = found.add_us(start, amount)
    if amount > 0:
        assert reached <= end
    elif amount < 0:
        assert reached >= end
    assert found.elapsed_us(reached, end) == (0 if amount else found.elapsed_us(start, end))


@given(CALENDARS, st.lists(instants_us(), min_size=3, max_size=3))
def test_elapsed_is_additive_in_any_order(found: BusinessCalendar, instants: list[int]) -> None:
    one, two, three = instants
    assert found.elapsed_us(one, two) + found.elapsed_us(two, three) == found.elapsed_us(one, three)


@given(CALENDARS, instants_us(), instants_us())
def test_elapsed_is_antisymmetric(found: BusinessCalendar, one: int, two: int) -> None:
    assert found.elapsed_us(one, two) == -found.elapsed_us(two, one)


@given(CALENDARS, st.lists(instants_us(), min_size=3, max_size=3))
def test_elapsed_is_monotonous_and_never_more_than_wall_time(
    found: BusinessCalendar, instants: list[int]
) -> None:
    start, middle, end = sorted(instants)
    assert 0 <= found.elapsed_us(start, middle) <= found.elapsed_us(start, end) <= end - start


@given(CALENDARS, instants_us(), st.lists(AMOUNTS, min_size=2, max_size=2))
def test_add_is_monotonous(found: BusinessCalendar, start: int, amounts: list[int]) -> None:
    less, more = sorted(amounts)
    sooner, later = added(found, start, less), added(found, start, more)
    if sooner is not None and later is not None:
        assert sooner <= later


@given(CALENDARS, instants_us(), AMOUNTS, st.integers(0, 99))
def test_adding_in_two_steps_of_one_direction_is_adding_once(
    found: BusinessCalendar, start: int, amount: int, percent: int
) -> None:
    first = amount * percent // 100
    reached = added(found, start, amount)
    if reached is not None:
        assert found.add_us(found.add_us(start, first), amount - first) == reached


@given(CALENDARS, instants_us())
def test_next_and_previous_are_idempotent_and_surround(found: BusinessCalendar, at: int) -> None:
    following, preceding = found.next_us(at), found.previous_us(at)
    assert preceding <= at <= following
    assert found.next_us(following) == following
    assert found.previous_us(preceding) == preceding
    assert found.is_open_us(following)
    assert found.is_open_us(at) == (following == at)
    assert found.elapsed_us(preceding, following) == 0
    assert found.is_open_us(preceding - 1) or preceding == at


@given(weeks(), instants_us(), AMOUNTS)
def test_previous_mirrors_next_and_taking_away_mirrors_adding(
    week: list[tuple[int, int]], at: int, amount: int
) -> None:
    """Run backwards, a week's closings are openings: one calendar's past is the other's future."""
    found, mirrored = weekly(week), weekly([(WEEK - end, WEEK - start) for start, end in week])
    other = 2 * MIRROR - at
    if found.is_open_us(at) == found.is_open_us(at - 1):  # an edge belongs to one side only
        assert found.previous_us(at) == 2 * MIRROR - mirrored.next_us(other)
        assert found.next_us(at) == 2 * MIRROR - mirrored.previous_us(other)
    led, back = added(found, at, amount), added(mirrored, other, -amount)
    if led is not None and back is not None:  # the range of years is not mirrored
        assert led == 2 * MIRROR - back
    assert found.elapsed_us(at, at + amount) == mirrored.elapsed_us(other - amount, other)


@given(snapshots(), st.data(), instants_us(), instants_us(), AMOUNTS)
def test_overtime_changes_no_answer(
    written: dict[str, Any], data: st.DataObject, one: int, two: int, amount: int
) -> None:
    overtime = data.draw(overtime_beside(written["windows"]))
    with_it = written | {"overtime_windows": overtime, "type": "capacity"}
    plain, paid = BusinessCalendar.from_snapshot(written), BusinessCalendar.from_snapshot(with_it)
    assert asked(paid, one, two, amount) == asked(plain, one, two, amount)


@given(CALENDARS, instants_us(), AMOUNTS.filter(bool))
def test_a_deadline_is_in_an_open_window_or_at_its_edge(
    found: BusinessCalendar, start: int, amount: int
) -> None:
    due = added(found, start, amount)
    if due is not None:
        # A forward deadline ends open time, a backward one begins it: exact fills included.
        assert found.is_open_us(due - 1 if amount > 0 else due)


@given(instants_us(1970, 2199), instants_us(1970, 2199))
def test_always_open_is_plain_subtraction(one: int, two: int) -> None:
    always = BusinessCalendar.always()
    assert always.elapsed_us(one, two) == two - one
    assert always.add_us(one, two - one) == two
    assert always.next_us(one) == always.previous_us(one) == one


@pytest.mark.parametrize("timezone", ["Europe/London", "Pacific/Apia", "Antarctica/Troll"])
@given(one=instants_us(2005, 2031), two=instants_us(2005, 2031))
def test_a_whole_week_open_is_plain_subtraction_in_any_zone(
    timezone: str, one: int, two: int
) -> None:
    whole = calendar(timezone, "Mon-Sun 00:00-24:00")
    assert whole.elapsed_us(one, two) == two - one


@given(CALENDARS, st.lists(st.tuples(instants_us(), instants_us()), min_size=1, max_size=20))
def test_a_batch_of_spans_is_each_span(
    found: BusinessCalendar, spans: list[tuple[int, int]]
) -> None:
    starts, ends = np.array(spans).T
    many = found.elapsed_many(starts, ends)
    assert many.dtype == np.int64
    assert many.tolist() == [found.elapsed_us(start, end) for start, end in spans]


@given(
    CALENDARS,
    st.lists(st.tuples(instants_us(), st.integers(-9000, 9000)), min_size=1, max_size=20),
)
def test_a_batch_of_additions_is_each_addition(
    found: BusinessCalendar, additions: list[tuple[int, int]]
) -> None:
    expected = [added(found, start, minutes * MINUTE) for start, minutes in additions]
    starts, minutes = np.array(additions).T
    if None in expected:
        with pytest.raises((NoBusinessTime, InstantOutOfRange)):
            found.add_many(starts, minutes)
    else:
        assert found.add_many(starts, minutes).tolist() == expected
        assert found.add_us_many(starts, minutes * MINUTE).tolist() == expected


@given(
    CALENDARS,
    st.lists(st.tuples(instants_us(), st.integers(-ONE_DAY, ONE_DAY)), min_size=1, max_size=20),
)
def test_a_batch_of_microseconds_is_each_of_them(
    found: BusinessCalendar, additions: list[tuple[int, int]]
) -> None:
    expected = [added(found, start, amount) for start, amount in additions]
    starts, amounts = np.array(additions).T
    if None in expected:
        with pytest.raises((NoBusinessTime, InstantOutOfRange)):
            found.add_us_many(starts, amounts)
    else:
        assert found.add_us_many(starts, amounts).tolist() == expected


@given(CALENDARS, instants_us(), st.integers(-40 * ONE_DAY, 40 * ONE_DAY))
def test_the_parts_of_a_trace_sum_to_elapsed(
    found: BusinessCalendar, start: int, length: int
) -> None:
    trace = found.explain(
        EPOCH + timedelta(microseconds=start), EPOCH + timedelta(microseconds=start + length)
    )
    assert sum(part.microseconds for part in trace.parts) == trace.microseconds
    assert trace.microseconds == found.elapsed_us(start, start + length)
    ordered = [(part.start, part.end) for part in trace.parts]
    assert all(begin < end for begin, end in ordered)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(ordered))


@given(CALENDARS, instants_us(), st.integers(-400 * ONE_DAY, 400 * ONE_DAY), st.integers(1, 40))
def test_a_limited_trace_is_the_beginning_of_the_whole_one_and_sums_the_same(
    found: BusinessCalendar, start: int, length: int, limit: int
) -> None:
    span = EPOCH + timedelta(microseconds=start), EPOCH + timedelta(microseconds=start + length)
    whole, short = found.explain(*span), found.explain(*span, limit=limit)
    assert short.microseconds == whole.microseconds
    rest = short.rest.microseconds if short.rest else 0
    assert sum(part.microseconds for part in short.parts) + rest == whole.microseconds
    assert max(len(short.parts), len(short.holidays), len(short.changes)) <= limit
    assert short.parts == whole.parts[: len(short.parts)]
    assert short.changes == whole.changes[: len(short.changes)]
    if short.rest is None:
        assert short == whole
    else:
        listed = (span[0], short.rest.start) if length > 0 else (short.rest.start, span[1])
        assert found.explain(*listed).parts == short.parts


@given(snapshots(), instants_us(), st.integers(0, 40 * ONE_DAY))
def test_what_a_trace_says_holidays_withheld_is_the_difference_without_them(
    written: dict[str, Any], start: int, length: int
) -> None:
    found = BusinessCalendar.from_snapshot(written)
    working_through = BusinessCalendar.from_snapshot(written | {"holidays": []})
    trace = found.explain(
        EPOCH + timedelta(microseconds=start), EPOCH + timedelta(microseconds=start + length)
    )
    withheld = sum(holiday.microseconds for holiday in trace.holidays)
    expected = working_through.elapsed_us(start, start + length)
    assert trace.microseconds + withheld == expected


@given(CALENDARS, instants_us(), instants_us())
def test_minutes_are_truncated_toward_zero_once(
    found: BusinessCalendar, one: int, two: int
) -> None:
    start, end = EPOCH + timedelta(microseconds=one), EPOCH + timedelta(microseconds=two)
    exact = found.elapsed(start, end)
    whole = found.calculate_business_minutes(start, end)
    assert abs(whole) == abs(exact) // timedelta(minutes=1)
    assert whole == -found.calculate_business_minutes(end, start)


@given(CALENDARS, instants_us(), st.integers(0, 40 * ONE_DAY))
def test_minutes_are_those_of_the_sum_not_the_sum_of_minutes(
    found: BusinessCalendar, start: int, length: int
) -> None:
    span = EPOCH + timedelta(microseconds=start), EPOCH + timedelta(microseconds=start + length)
    exact = sum(part.microseconds for part in found.explain(*span).parts)
    assert found.calculate_business_minutes(*span) == exact // MINUTE


@given(snapshots(), instants_us(), instants_us(), AMOUNTS)
def test_a_snapshot_with_its_zone_is_the_same_calendar(
    written: dict[str, Any], one: int, two: int, amount: int
) -> None:
    draft = BusinessCalendar.from_snapshot(written)
    carried = BusinessCalendar.from_snapshot(written | {"zone": zone_of(written["timezone"])})
    sealed = BusinessCalendar.from_snapshot(seal(written, calendar_id="c", version=1))
    expected = asked(draft, one, two, amount)
    assert asked(carried, one, two, amount) == expected
    assert asked(sealed, one, two, amount) == expected


@given(snapshots(), st.lists(instants_us(), min_size=4, max_size=8))
def test_the_order_of_questions_changes_no_answer(
    written: dict[str, Any], instants: list[int]
) -> None:
    used = BusinessCalendar.from_snapshot(written)
    for one, two in itertools.pairwise(instants):
        fresh = BusinessCalendar.from_snapshot(written)
        assert used.elapsed_us(one, two) == fresh.elapsed_us(one, two)
        assert used.next_us(one) == fresh.next_us(one)
        assert used.previous_us(two) == fresh.previous_us(two)
        assert added(used, one, 90 * MINUTE) == added(fresh, one, 90 * MINUTE)


@given(snapshots(), st.lists(st.tuples(instants_us(), instants_us(), AMOUNTS), min_size=2))
def test_datetimes_and_microseconds_give_the_same(
    written: dict[str, Any], questions: list[tuple[int, int, int]]
) -> None:
    by_datetime = BusinessCalendar.from_snapshot(written)
    by_integer = BusinessCalendar.from_snapshot(written)
    for one, two, amount in [*questions, *questions]:  # laid out already, the second time
        start, end = EPOCH + timedelta(microseconds=one), EPOCH + timedelta(microseconds=two)
        expected = timedelta(microseconds=by_integer.elapsed_us(one, two))
        assert by_datetime.elapsed(start, end) == expected
        reached = added(by_integer, one, amount)
        if reached is not None:
            found = by_datetime.add(start, timedelta(microseconds=amount))
            assert found == EPOCH + timedelta(microseconds=reached)
            assert found.tzinfo is UTC
        assert by_datetime.is_business_time(start) == by_integer.is_open_us(one)
