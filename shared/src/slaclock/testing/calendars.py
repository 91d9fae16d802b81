"""Builders of calendar snapshots, and Hypothesis strategies for the awkward ones."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st

from slaclock.business_time import BusinessCalendar, validate

__all__ = ["AWKWARD_ZONES", "calendar", "hours", "instants_us", "snapshot", "snapshots"]

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_M: Final = 24 * 60
_WEEK_M: Final = 7 * _DAY_M
_YEAR_US: Final = 366 * 86_400 * 1_000_000

AWKWARD_ZONES: Final = (
    "UTC",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of daylight saving time
    "Antarctica/Troll",  # two hours
    "Europe/Dublin",  # negative daylight saving time
    "America/Havana",  # changes at midnight
    "America/Sao_Paulo",  # did
    "Pacific/Apia",  # skipped 2011-12-30
    "Pacific/Kiritimati",
    "Africa/Casablanca",  # changes around Ramadan
    "Africa/Cairo",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "America/St_Johns",  # half hours, once one minute after midnight
    "Pacific/Chatham",
    "America/Nuuk",
)
"""Zones in which a business-time engine goes wrong first."""


def hours(*texts: str) -> list[dict[str, Any]]:
    """Windows of ``Mon-Fri 09:00-17:00`` or ``Sat-Mon 22:00-06:00``, one text for each."""
    windows = []
    for text in texts:
        days, span = text.split()
        first, _, last = days.partition("-")
        start, _, end = span.partition("-")
        begun, days_on = _DAYS.index(first), _DAYS.index(last or first) - _DAYS.index(first)
        weekdays = [(begun + later) % 7 for later in range(days_on % 7 + 1)]
        windows += [{"weekday": day, "start": start, "end": end} for day in weekdays]
    return windows


def snapshot(timezone: str, *texts: str, **keys: Any) -> dict[str, Any]:
    """A least snapshot: a zone, `hours`, and any other keys."""
    return {"timezone": timezone, "windows": hours(*texts), **keys}


def calendar(timezone: str, *texts: str, **keys: Any) -> BusinessCalendar:
    """The calendar of a `snapshot`."""
    return BusinessCalendar.from_snapshot(snapshot(timezone, *texts, **keys))


@st.composite
def snapshots(draw: st.DrawFn, *, zones: tuple[str, ...] = AWKWARD_ZONES) -> dict[str, Any]:
    """Valid snapshots: night shifts, lunch breaks, holidays of every kind, overrides."""
    grid = draw(st.sampled_from([1, 15, 30]))
    found: dict[str, Any] = {
        "timezone": draw(st.sampled_from(zones)),
        "windows": draw(_weeks(grid)),
        "holidays": draw(st.lists(_holidays(grid), max_size=6, unique_by=lambda day: day["date"])),
        "overrides": draw(
            st.lists(_overrides(grid), max_size=3, unique_by=lambda day: str(day["date"]))
        ),
        "holiday_rule": draw(st.sampled_from(["date", "shift"])),
    }
    assume(not validate(found))
    return found


def instants_us(first_year: int = 2019, last_year: int = 2031) -> st.SearchStrategy[int]:
    """Instants in microseconds since the epoch: any, whole minutes, and whole hours."""
    low, high = (
        (date(year, 1, 1) - date(1970, 1, 1)).days * 86_400 * 1_000_000
        for year in (first_year, last_year)
    )
    minute, hour = 60 * 1_000_000, 3600 * 1_000_000
    return st.one_of(
        st.integers(low, high),
        st.integers(low // minute, high // minute).map(lambda count: count * minute),
        st.integers(low // hour, high // hour).map(lambda count: count * hour),
    )


@st.composite
def _weeks(draw: st.DrawFn, grid: int) -> list[dict[str, Any]]:
    """Windows between every second of some minutes of the week."""
    edges = sorted(
        minute * grid
        for minute in draw(
            st.lists(st.integers(0, _WEEK_M // grid - 1), min_size=2, max_size=14, unique=True)
        )
    )
    windows = []
    for start, end in zip(edges[::2], edges[1::2], strict=False):
        stop = min(end, start + _DAY_M - grid)
        windows.append({"weekday": start // _DAY_M, **_span(start % _DAY_M, stop % _DAY_M)})
    if draw(st.booleans()):  # and one that begins where the first ends, across a week's end even
        windows.append({"weekday": 6, "start": "23:00", "end": "00:30"})
        assume(all(edge > 30 for edge in edges) and edges[-1] < _WEEK_M - 60)
    return windows


def _span(start: int, end: int) -> dict[str, str]:
    return {"start": _clock(start), "end": "24:00" if end == 0 else _clock(end)}


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _dates() -> st.SearchStrategy[str]:
    return st.integers(0, 11 * 366).map(
        lambda day: (date(2019, 6, 1) + timedelta(days=day)).isoformat()
    )


@st.composite
def _holidays(draw: st.DrawFn, grid: int) -> dict[str, Any]:
    holiday: dict[str, Any] = {"date": draw(_dates()), "name": "holiday"}
    if draw(st.booleans()):
        holiday["recurrence"] = "yearly"
        holiday["date"] = draw(st.sampled_from([holiday["date"], "2024-02-29", "2019-12-31"]))
    if draw(st.booleans()):
        start, end = sorted(
            draw(st.lists(st.integers(0, _DAY_M // grid), min_size=2, max_size=2, unique=True))
        )
        holiday |= {"from": _clock(start * grid), "to": _span(0, end * grid % _DAY_M)["end"]}
    return holiday


@st.composite
def _overrides(draw: st.DrawFn, grid: int) -> dict[str, Any]:
    windows = []
    if draw(st.booleans()):
        start, end = draw(
            st.lists(st.integers(0, _DAY_M // grid - 1), min_size=2, max_size=2, unique=True)
        )
        windows.append(_span(start * grid, end * grid))
    return {"date": draw(_dates()), "windows": windows}
