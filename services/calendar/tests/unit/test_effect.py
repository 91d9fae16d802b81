"""What a change does to the business time of a year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendar_service.domain.effect import effect_of
from slaclock.business_time import BusinessCalendar
from slaclock.testing.calendars import calendar, snapshots

AT = datetime(2026, 1, 1, tzinfo=UTC)  # a Thursday
DAYS = 366
OFFICE = calendar("UTC", "Mon-Fri 09:00-17:00")


@pytest.mark.parametrize(
    ("after", "words", "different", "first"),
    [
        pytest.param(OFFICE, "2,096 h stay as they are", 0, None, id="nothing"),
        pytest.param(calendar("UTC", "Mon-Fri 09:00-12:00", "Mon-Fri 12:00-17:00"), "2,096 h stay as they are", 0, None, id="other words for the same"),
        pytest.param(calendar("UTC", "Mon-Fri 09:00-18:00"), "2,096 h become 2,358 h", 262, datetime(2026, 1, 1, 17, tzinfo=UTC), id="an hour more"),
        pytest.param(calendar("UTC", "Mon-Fri 09:00-16:30"), "2,096 h become 1,965 h", 131, datetime(2026, 1, 1, 16, 30, tzinfo=UTC), id="half an hour less"),
        pytest.param(calendar("UTC", "Mon-Fri 10:00-18:00"), "2,096 h stay as many, 524 h lie elsewhere", 524, datetime(2026, 1, 1, 9, tzinfo=UTC), id="an hour later"),
        pytest.param(calendar("UTC", "Mon-Fri 09:00-17:00", holidays=[{"date": "2026-12-25", "from": "16:15"}]), "2,096 h become 2,095 h 15 min", 0.75, datetime(2026, 12, 25, 16, 15, tzinfo=UTC), id="an early close"),
        pytest.param(calendar("Europe/London", "Mon-Fri 09:00-17:00"), "2,096 h stay as many, 300 h lie elsewhere", 300, datetime(2026, 3, 30, 8, tzinfo=UTC), id="a zone with summer time"),
        pytest.param(calendar("UTC", "Mon-Fri 09:00-17:00", holidays=[{"date": "2027-12-24"}]), "2,096 h stay as they are", 0, None, id="a holiday beyond the year"),
    ],
)  # fmt: skip
def test_effects(
    after: BusinessCalendar, words: str, different: float, first: datetime | None
) -> None:
    found = effect_of(OFFICE, after, AT)
    assert found.words == words
    assert found.different == timedelta(hours=different)
    assert found.first_difference == first
    assert (found.start, found.end) == (AT, AT + timedelta(days=DAYS))
    back = effect_of(after, OFFICE, AT)
    assert (back.before, back.after) == (found.after, found.before)
    assert (back.different, back.first_difference) == (found.different, first)


@settings(max_examples=25, deadline=None)
@given(snapshots(), snapshots(), st.integers(0, 300))
def test_an_effect_is_what_minutes_say(
    one: dict[str, Any], other: dict[str, Any], later: int
) -> None:
    """Walked by quarters of an hour; a quarter is compared by the time open in it."""
    at = AT + timedelta(days=later)
    before, after = (BusinessCalendar.from_snapshot(found) for found in (one, other))
    found = effect_of(before, after, at)
    assert found.before == before.elapsed(at, found.end)
    assert found.after == after.elapsed(at, found.end)
    assert abs(found.before - found.after) <= found.different
    quarter = timedelta(minutes=15)
    steps = [at + quarter * step for step in range(14 * 96)]
    unlike = [
        step
        for step in steps
        if before.elapsed(step, step + quarter) != after.elapsed(step, step + quarter)
    ]
    if unlike:
        assert found.first_difference is not None
        assert found.first_difference < unlike[0] + quarter
    if found.first_difference is not None:
        assert before.is_business_time(found.first_difference) != after.is_business_time(
            found.first_difference
        )
        assert before.elapsed(at, found.first_difference) == after.elapsed(
            at, found.first_difference
        )
    assert bool(found.different) == (found.first_difference is not None)
