"""Files as other software writes them, and the holidays that they are."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest

from calendar_service.formats.ical_import import read_icalendar
from slaclock.business_time import Horizon
from slaclock.foreign.findings import Preview

FILES = Path(__file__).parent / "files"
YEARS = Horizon(2024, 2028)


def read(name: str, timezone: str | None = None) -> Preview:
    return read_icalendar((FILES / name).read_bytes(), YEARS, timezone)


def short(preview: Preview) -> list[str]:
    """Each holiday on a line: date, hours, name; ``*`` where it is yearly."""
    return [
        f"{one['date']}{'*' if 'recurrence' in one else ''}"
        + (f" {one['from']}-{one['to']}" if "from" in one else "")
        + f" {one['name']}"
        for one in preview.holidays
    ]


def codes(preview: Preview) -> list[tuple[str, bool]]:
    return [(one.fault.code, one.taken) for one in preview.findings]


@pytest.mark.parametrize(
    ("name", "timezone", "holidays", "findings"),
    [
        pytest.param(
            "google-us.ics",
            None,
            [
                "2026-07-02 13:00-17:00 Summer afternoon; everybody out",
                "2026-11-26 Thanksgiving Day",
                "2026-12-24* 13:00-18:00 Office closes at one",
                "2026-12-25 Christmas Day",
            ],
            [("import.transparent", True)],
            id="Google: dates, UTC, its own zone, an alarm within, one cancelled",
        ),
        pytest.param(
            "google-us.ics",
            "Asia/Tokyo",
            [
                "2026-07-03 02:00-06:00 Summer afternoon; everybody out",
                "2026-11-26 Thanksgiving Day",
                "2026-12-25 Christmas Day / Office closes at one",
                "2027-12-25 03:00-08:00 Office closes at one",
                "2028-12-25 03:00-08:00 Office closes at one",
            ],
            [("import.merged", True), ("import.transparent", True)],
            id="the same for a calendar on the other side of the world",
        ),
        pytest.param(
            "outlook.ics",
            "Europe/Berlin",
            [
                "2026-05-01 Tag der Arbeit",
                "2026-06-11 15:00-24:00 Betriebsausflug",
                "2026-06-12 00:00-11:00 Betriebsausflug",
                "2026-07-16 15:00-16:30 Town hall",
                "2026-09-18 20:00-21:00 Town hall, moved",
                "2026-10-15 15:00-16:30 Town hall",
            ],
            [("import.transparent", True)],
            id="Outlook: Windows zones, a zone of its own, an exception and a moved occurrence",
        ),
        pytest.param(
            "gov-uk.ics",
            "Europe/London",
            [
                "2026-04-03 Good Friday",
                "2026-04-06 Easter Monday",
                "2026-12-25 Christmas Day",
                "2026-12-28 Boxing Day",
            ],
            [],
            id="gov.uk: the end before the start, no zone",
        ),
        pytest.param(
            "apple-de.ics",
            None,
            [
                "2010-01-01* Neujahr",
                "2010-12-25* Weihnachten",
                "2010-12-26* Weihnachten",
                "2024-10-03 Tag der Deutschen Einheit",
                "2024-11-20 Buß- und Bettag",
                "2025-05-29 Christi Himmelfahrt",
                "2025-11-19 Buß- und Bettag",
                "2026-05-14 Christi Himmelfahrt",
                "2026-10-03 Tag der Deutschen Einheit",
                "2026-11-18 Buß- und Bettag",
                "2027-05-06 Christi Himmelfahrt",
                "2027-10-03 Tag der Deutschen Einheit",
                "2027-11-17 Buß- und Bettag",
                "2028-11-22 Buß- und Bettag",
            ],
            [("import.transparent", True)],
            id="Apple: rules, added dates, an end, LF, a byte order mark, two calendars in a file",
        ),
    ],
)
def test_a_file_is_its_holidays(
    name: str, timezone: str | None, holidays: list[str], findings: list[tuple[str, bool]]
) -> None:
    preview = read(name, timezone)
    assert short(preview) == holidays
    assert codes(preview) == findings
    assert preview.counts["holidays"] == len(holidays)


@pytest.mark.parametrize("name", ["google-us.ics", "outlook.ics", "gov-uk.ics", "apple-de.ics"])
def test_the_files_mean_the_same_to_a_library(name: str) -> None:
    """Starts and ends of single events, as `icalendar` reads them."""
    ours = {one["date"] for one in read(name, "Europe/London").holidays}
    calendars = icalendar.Calendar.from_ical((FILES / name).read_bytes(), multiple=True)
    for event in (one for calendar in calendars for one in calendar.walk("VEVENT")):
        single = not any(key in event for key in ("RRULE", "RDATE", "RECURRENCE-ID"))
        if not single or event.get("STATUS") == "CANCELLED":
            continue
        start, end = event.decoded("DTSTART"), event.decoded("DTEND")
        if isinstance(start, datetime):
            continue
        days = {start.fromordinal(n).isoformat() for n in range(start.toordinal(), end.toordinal())}
        assert days <= ours, event.get("SUMMARY")


def event(*lines: str, calendar: tuple[str, ...] = ()) -> bytes:
    """A file of one event, which has a UID, a name and *lines*."""
    inside = ["BEGIN:VEVENT", "UID:u-1", "SUMMARY:x", *lines, "END:VEVENT"]
    return "\r\n".join(["BEGIN:VCALENDAR", *calendar, *inside, "END:VCALENDAR", ""]).encode()


@pytest.mark.parametrize(
    ("lines", "holidays"),
    [
        pytest.param(["DTSTART;VALUE=DATE:20260501"], ["2026-05-01 x"], id="a date lasts a day"),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260501", "DTEND;VALUE=DATE:20260501"], ["2026-05-01 x"],
            id="an end on the day itself is taken as that day",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20261230", "DURATION:P1W"],
            [f"2026-12-{n} x" for n in (30, 31)] + [f"2027-01-0{n} x" for n in range(1, 6)],
            id="a week, over the end of the year",
        ),
        pytest.param(
            ["DTSTART:20260501T120000", "DTEND:20260501T150030"], ["2026-05-01 12:00-15:01 x"],
            id="floating; seconds are widened to minutes",
        ),
        pytest.param(
            ["DTSTART:20260329T003000Z", "DTEND:20260329T013000Z"], ["2026-03-29 00:30-02:30 x"],
            id="UTC, over the change to summer time",
        ),
        pytest.param(
            ["DTSTART:20261025T003000Z", "DTEND:20261025T011500Z"], ["2026-10-25 01:15-01:31 x"],
            id="UTC, in the hour that comes twice: the wider hours",
        ),
        pytest.param(
            ["DTSTART;TZID=Europe/London:20260329T013000", "DURATION:PT1H"],
            ["2026-03-29 01:30-02:30 x"],
            id="hours of the calendar's own clock stay as they are, even where it skips them",
        ),
        pytest.param(
            ["DTSTART;TZID=America/New_York:20260701T200000", "DURATION:PT6H"],
            ["2026-07-02 01:00-07:00 x"], id="another zone",
        ),
        pytest.param(
            ["DTSTART;TZID=/mozilla.org/20050126_1/America/New_York:20260701T200000",
             "DURATION:PT6H"],
            ["2026-07-02 01:00-07:00 x"], id="a zone behind a vendor's prefix",
        ),
        pytest.param(
            ["DTSTART:20260501T100000", "DTEND:20260501T110000", "RRULE:FREQ=DAILY;COUNT=3",
             "EXDATE;VALUE=DATE:20260502"],
            ["2026-05-01 10:00-11:00 x", "2026-05-03 10:00-11:00 x"],
            id="a date excluded from a timed event",
        ),
        pytest.param(
            ["DTSTART:20260501T100000", "DTEND:20260501T110000", "RRULE:FREQ=DAILY;COUNT=3",
             "EXDATE:20260502T090000Z,20260503T090000Z"],
            ["2026-05-01 10:00-11:00 x"], id="exclusions on another clock",
        ),
        pytest.param(
            ["DTSTART;TZID=America/New_York:20260301T100000", "DURATION:PT1H",
             "RRULE:FREQ=WEEKLY;UNTIL=20260315T140000Z"],
            ["2026-03-01 15:00-16:00 x", "2026-03-08 14:00-15:00 x", "2026-03-15 14:00-15:00 x"],
            id="an end in UTC is included, by the clock of that day",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260501", "RDATE;VALUE=PERIOD:20260601T000000/P2D"],
            ["2026-05-01 x", "2026-06-01 x", "2026-06-02 x"], id="a period is added",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20250228", "DURATION:P2D", "RRULE:FREQ=YEARLY;COUNT=4"],
            ["2025-02-28 x", "2025-03-01 x", "2026-02-28 x", "2026-03-01 x", "2027-02-28 x",
             "2027-03-01 x", "2028-02-28 x", "2028-02-29 x"],
            id="two days from 28 February are others in a leap year",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260501", "STATUS:CANCELLED"], [], id="cancelled"
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260501", "SEQUENCE:9" * 400], ["2026-05-01 x"],
            id="a sequence that is no number",
        ),
    ],
)  # fmt: skip
def test_events(lines: list[str], holidays: list[str]) -> None:
    preview = read_icalendar(event(*lines), YEARS, "Europe/London")
    assert short(preview) == holidays
    assert not [one for one in preview.findings if not one.taken]


@pytest.mark.parametrize(
    ("lines", "field", "code"),
    [
        pytest.param([], "DTSTART", "import.event-time", id="no start"),
        pytest.param(["DTSTART:20260230"], "DTSTART", "import.event-time", id="no such date"),
        pytest.param(["DTSTART:yesterday"], "DTSTART", "import.event-time", id="no date"),
        pytest.param(["DTSTART:20260501T100000"], "DTEND", "import.event-length", id="no length"),
        pytest.param(
            ["DTSTART:20260501T100000", "DTEND:20260501T090000"], "DTEND", "import.event-length",
            id="ends before it begins",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260501", "DTEND;VALUE=DATE:20400501"], "DTEND",
            "import.event-length", id="lasts for years",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260501", "DURATION:P99999W"], "DURATION",
            "import.event-length", id="lasts for ever",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260501", "DURATION:soon"], "DURATION", "import.event-time",
            id="no duration",
        ),
        pytest.param(
            ["DTSTART;TZID=Mars/Olympus:20260501T100000", "DURATION:PT1H"], "DTSTART;TZID",
            "import.zone-unknown", id="a zone that nobody knows",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=SECONDLY"], "RRULE.FREQ", "import.rrule",
            id="every second",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=DAILY;INTERVAL=0"], "RRULE.INTERVAL",
            "import.rrule", id="no step",
        ),
        pytest.param(
            ["DTSTART:20260501T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYHOUR=10,14"],
            "RRULE.BYHOUR", "import.rrule", id="twice a day",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=DAILY;UNTIL=never"], "RRULE.UNTIL",
            "import.rrule", id="no end",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:00010101", "RRULE:FREQ=DAILY;COUNT=1000000000"], "RRULE",
            "import.rrule-work", id="a thousand million days since the year 1",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260501", "EXRULE:FREQ=DAILY"], "EXRULE", "import.rrule",
            id="an exclusion by rule",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260501", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260501"],
            "RECURRENCE-ID", "import.recurrence-range", id="all that follow",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260501", "EXDATE:" + "20260501," * 5001], "EXDATE",
            "import.too-many", id="thousands of exclusions",
        ),
    ],
)  # fmt: skip
def test_an_event_that_cannot_be_taken_says_why(lines: list[str], field: str, code: str) -> None:
    other = event("DTSTART;VALUE=DATE:20261225").replace(b"u-1", b"u-2")
    preview = read_icalendar(event(*lines) + other, YEARS, "Europe/London")
    assert short(preview) == ["2026-12-25 x"], "the rest goes on"
    (finding,) = preview.findings
    assert (finding.fault.field, finding.fault.code) == (f"VEVENT.{field}", code)
    assert (finding.taken, finding.place.line, finding.place.row) == (False, 2, "u-1")
    assert finding.fault.message
    assert finding.fault.remedy
    assert (preview.counts["left_out"], preview.counts["taken"]) == (1, 1)


def test_of_two_editions_of_an_event_the_newer_counts() -> None:
    old = event("DTSTART;VALUE=DATE:20260501", "SEQUENCE:1")
    new = event("DTSTART;VALUE=DATE:20260504", "SEQUENCE:2")
    preview = read_icalendar(new + old, YEARS, "Europe/London")
    assert short(preview) == ["2026-05-04 x"]
    assert codes(preview) == [("import.superseded", True)]


def test_a_changed_occurrence_takes_the_place_of_the_planned_one() -> None:
    series = event("DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=YEARLY;UNTIL=20280501")
    moved = event("DTSTART;VALUE=DATE:20270503", "RECURRENCE-ID;VALUE=DATE:20270501")
    off = event("DTSTART;VALUE=DATE:20280501", "RECURRENCE-ID:20280501", "STATUS:CANCELLED")
    preview = read_icalendar(moved + off + series, YEARS, "Europe/London")
    assert short(preview) == ["2026-05-01 x", "2027-05-03 x"]
    assert preview.counts["cancelled"] == 1


def test_an_occurrence_that_moved_to_another_zone_is_found_in_its_own() -> None:
    series = event(
        "DTSTART;TZID=America/New_York:20260504T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2"
    )
    moved = event(
        "DTSTART;TZID=Asia/Tokyo:20260506T090000",
        "DURATION:PT1H",
        "RECURRENCE-ID;TZID=America/New_York:20260504T090000",
    )
    preview = read_icalendar(series + moved, YEARS, "UTC")
    assert short(preview) == ["2026-05-05 13:00-14:00 x", "2026-05-06 00:00-01:00 x"]


def test_an_occurrence_may_be_named_by_its_date() -> None:
    series = event("DTSTART:20260504T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2")
    off = event("DTSTART:20260505", "RECURRENCE-ID;VALUE=DATE:20260505", "STATUS:CANCELLED")
    assert short(read_icalendar(series + off, YEARS, "UTC")) == ["2026-05-04 09:00-10:00 x"]


def test_long_and_broken_names_become_one_short_line() -> None:
    body = event("DTSTART;VALUE=DATE:20260501").replace(
        b"SUMMARY:x", b"SUMMARY:one\\ntwo\\, " + b"x" * 300
    )
    preview = read_icalendar(body, YEARS, "Europe/London")
    (holiday,) = preview.holidays
    assert holiday["name"].startswith("one two, xxx")
    assert len(holiday["name"]) == 200
    assert codes(preview) == [("import.name", True)]


def test_a_file_without_zone_asks_for_one() -> None:
    with pytest.raises(Exception, match="names no zone") as caught:
        read("gov-uk.ics")
    (fault,) = caught.value.faults  # type: ignore[attr-defined] # a Refusal
    assert (fault.field, fault.code) == ("timezone", "import.timezone")


def test_only_recurring_events_are_cut_to_the_years() -> None:
    old: Any = event("DTSTART;VALUE=DATE:19990101", "DURATION:P1D")
    new: Any = event("DTSTART;VALUE=DATE:19990301", "RRULE:FREQ=YEARLY;COUNT=26")
    preview = read_icalendar(old + new.replace(b"u-1", b"u-2"), YEARS, "UTC")
    assert short(preview) == ["1999-01-01 x", "2024-03-01 x"]
    assert date(2024, 3, 1).year == YEARS.first_year
