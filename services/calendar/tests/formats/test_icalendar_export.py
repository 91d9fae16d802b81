"""A calendar as an iCalendar file, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_service.formats.ical_export import written_icalendar
from calendar_service.formats.ical_import import read_icalendar
from slaclock.business_time import PACKAGED, Horizon, seal
from slaclock.business_time.tz_files import load_zone
from slaclock.testing.calendars import AWKWARD_ZONES, snapshots

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
YEARS = Horizon(2026, 2027)
FULL: dict[str, Any] = {
    "name": "Ünïted; Kingdom, support\\desk",
    "timezone": "Europe/London",
    "type": "capacity",
    "windows": [
        {"weekday": 0, "start": "09:00", "end": "12:00"},
        {"weekday": 0, "start": "13:00", "end": "24:00"},
        {"weekday": 4, "start": "22:00", "end": "06:00"},
        {"weekday": 6, "start": "22:00", "end": "00:00"},
    ],
    "holidays": [
        {"date": "2026-12-25", "name": "Christmas Day", "recurrence": "yearly"},
        {"date": "2024-02-29", "name": "Leap day", "recurrence": "yearly"},
        {"date": "2026-04-03", "name": "Good Friday, " * 9},
        {"date": "2026-12-31", "name": "", "from": "12:00"},
        {"date": "2026-03-29", "name": "in the hour that is skipped", "from": "01:00", "to": "02:00"},
        {"date": "2026-10-25", "name": "in the one that is twice", "from": "01:15", "to": "01:45"},
    ],
    "overrides": [
        {"date": "2026-12-24", "windows": [{"start": "09:00", "end": "13:00"}]},
        {"date": "2026-12-27", "windows": [{"start": "22:00", "end": "02:00"}]},
        {"date": "2026-12-28", "windows": []},
    ],
    "holiday_rule": "shift",
    "overtime_windows": [{"weekday": 5, "start": "09:00", "end": "13:00", "multiplier": "1.50"}],
}  # fmt: skip


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    return seal(document, calendar_id="uk", version=1)


def round_trip(snapshot: dict[str, Any]) -> dict[str, Any]:
    body = written_icalendar(snapshot, "uk", AT)
    preview = read_icalendar(body, YEARS)
    assert preview.findings == ()
    (found,) = preview.calendars
    assert found.calendar_id == "uk"
    return sealed(dict(found.document))


def test_everything_comes_back() -> None:
    snapshot = sealed({**FULL, "horizon": {"first_year": 2021, "last_year": 2036}})
    assert round_trip(snapshot) == snapshot


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Gaza", "Asia/Tokyo"])
@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "2250-06-01", "9999-12-31"])
def test_dates_beyond_the_years_of_calendars_do_no_harm(zone: str, day: str) -> None:
    holidays = [{"date": day, "name": "x"}, {"date": day, "name": "", "from": "12:00"}][:1]
    late = {"date": day, "windows": [{"start": "22:00", "end": "02:00"}]}
    snapshot = sealed({**FULL, "timezone": zone, "holidays": holidays, "overrides": [late]})
    body = written_icalendar(snapshot, "uk", AT)
    icalendar.Calendar.from_ical(body)
    assert read_icalendar(body, YEARS).calendars


@given(snapshots())
def test_what_goes_out_comes_back(drawn: dict[str, Any]) -> None:
    snapshot = sealed(drawn)
    assert round_trip(snapshot) == snapshot


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_any_name_comes_back(name: str) -> None:
    holiday = {"date": "2026-12-25", "name": name}
    snapshot = sealed({**FULL, "name": name or "x", "holidays": [holiday]})
    found = round_trip(snapshot)
    assert found["holidays"][0]["name"] == name.replace("\u2028", " ").replace("\u2029", " ")


def test_the_same_calendar_is_the_same_file() -> None:
    snapshot = sealed(FULL)
    again = sealed({**FULL, "holidays": FULL["holidays"][::-1]})
    assert written_icalendar(snapshot, "uk", AT) == written_icalendar(again, "uk", AT)
    later = written_icalendar(snapshot, "uk", AT + timedelta(days=1))
    uids = [_uids(body) for body in (written_icalendar(snapshot, "uk", AT), later)]
    assert uids[0] == uids[1]
    assert len(set(uids[0])) == len(uids[0])
    assert _uids(written_icalendar(snapshot, "other", AT)) != uids[0]


def _uids(body: bytes) -> list[str]:
    return [str(one["UID"]) for one in icalendar.Calendar.from_ical(body).walk("VEVENT")]


def test_lines_are_as_rfc_5545_wants_them() -> None:
    body = written_icalendar(sealed(FULL), "uk", AT)
    assert body.endswith(b"END:VCALENDAR\r\n")
    for line in body.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
        line.decode()


def test_other_software_reads_it() -> None:
    calendar = icalendar.Calendar.from_ical(written_icalendar(sealed(FULL), "uk", AT))
    assert calendar.errors == []
    events = calendar.walk("VEVENT")
    assert all(event.errors == [] for event in events)
    assert all({"UID", "DTSTAMP", "DTSTART", "DTEND"} <= event.keys() for event in events)
    christmas = next(one for one in events if one.get("SUMMARY") == "Christmas Day")
    assert (str(christmas.decoded("DTSTART")), str(christmas.decoded("DTEND"))) == (
        "2026-12-25",
        "2026-12-26",
    )
    assert christmas["RRULE"].to_ical() == b"FREQ=YEARLY"
    eight_hours = timedelta(hours=8)
    night = next(one for one in events if one.get("X-SLACLOCK-HOURS") == "22:00-06:00")
    assert night.decoded("DTEND") - night.decoded("DTSTART") == eight_hours
    assert str(calendar["X-WR-TIMEZONE"]) == "Europe/London"


@pytest.mark.parametrize("name", AWKWARD_ZONES)
def test_its_vtimezone_tells_the_time_of_the_zone(name: str) -> None:
    snapshot = sealed({"timezone": name, "windows": FULL["windows"]})
    calendar = icalendar.Calendar.from_ical(written_icalendar(snapshot, "uk", AT))
    (component,) = calendar.walk("VTIMEZONE")
    assert isinstance(component, icalendar.Timezone)
    clock = component.to_tz(lookup_tzid=False)
    zone = load_zone(name, PACKAGED)
    at = datetime(2026, 1, 2, tzinfo=UTC)
    while at.year < 2032:
        offset = timedelta(seconds=zone.offset_at(int(at.timestamp())))
        wall = (at + offset).replace(tzinfo=None)
        around = {zone.offset_at(int(at.timestamp()) + step) for step in (-90_000, 90_000)}
        if len(around) == 1:  # away from changes, where a reading may mean two instants
            assert clock.utcoffset(wall) == offset, at
        at += timedelta(hours=31)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        pytest.param(
            b"DTSTART;TZID=Europe/London:20260105T090000",
            b"DTSTART;TZID=Europe/London:20260105T100000",
            {"start": "10:00", "end": "12:00"},
            id="hours that were moved in other software count",
        ),
        pytest.param(
            b"X-SLACLOCK-HOURS:09:00-12:00\r\n", b"", {"start": "09:00", "end": "12:00"},
            id="our own marks may be lost",
        ),
    ],
)  # fmt: skip
def test_what_was_changed_elsewhere_counts(
    before: bytes, after: bytes, change: dict[str, str]
) -> None:
    body = written_icalendar(sealed(FULL), "uk", AT)
    assert before in body
    preview = read_icalendar(body.replace(before, after), YEARS)
    (found,) = preview.calendars
    assert {"weekday": 0, **change} in found.document["windows"]
