"""Files that mean harm, or are broken: a clear refusal, quickly and in bounded memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from calendar_service.formats import recurrence
from calendar_service.formats.ical_import import Limits, read_icalendar
from slaclock.business_time import Horizon
from slaclock.errors import Refusal
from slaclock.foreign.findings import Preview

YEARS = Horizon(2021, 2036)
MOST_MEMORY = 64 * 1024 * 1024
"""Bytes that reading any file may need; the largest file that is read has 1 MiB."""
MOST_STEPS = 300_000
"""Days of rules that reading any file may look at."""


def calendar(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]).encode()


def events(number: int, *lines: str) -> bytes:
    one = "\r\n".join(["BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260101", *lines, "END:VEVENT", ""])
    return b"BEGIN:VCALENDAR\r\n" + one.encode() * number + b"END:VCALENDAR\r\n"


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Counts the days that rules look at."""
    counted = [0]
    spend = recurrence.Budget.spend

    def counting(self: recurrence.Budget, days: int) -> None:
        counted[0] += days
        spend(self, days)

    monkeypatch.setattr(recurrence.Budget, "spend", counting)
    yield counted
    assert counted[0] <= MOST_STEPS


@pytest.fixture
def memory() -> Iterator[None]:
    """The peak of what Python takes stays below the bound."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY, f"{peak / 2**20:.0f} MiB"


FULL = 1024 * 1024


def padded(head: bytes, piece: bytes, tail: bytes) -> bytes:
    """As many pieces as fit into the largest file that is read."""
    return head + piece * ((FULL - len(head) - len(tail)) // len(piece)) + tail


BEGIN, END = b"BEGIN:VCALENDAR\r\n", b"END:VCALENDAR\r\n"
EVENT = b"BEGIN:VEVENT\r\nDTSTART:20260101\r\n"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        pytest.param(lambda: b"x" * 50_000_000, "file", "import.too-large", id="50 MB"),
        pytest.param(
            lambda: events(1_000_000), "file", "import.too-large", id="a million events"
        ),
        pytest.param(lambda: events(6_000), "VEVENT", "import.too-many", id="thousands of events"),
        pytest.param(
            lambda: padded(BEGIN, b"BEGIN:VTIMEZONE\r\nEND:VTIMEZONE\r\n", END), "VTIMEZONE",
            "import.too-many", id="thousands of zones",
        ),
        pytest.param(
            lambda: b"BEGIN:VCALENDAR\r\n" * 20_000, "VCALENDAR", "import.too-deep", id="nested",
        ),
        pytest.param(
            lambda: "BEGIN:VCALENDAR".encode("utf-16"), "file", "import.encoding", id="UTF-16"
        ),
        pytest.param(
            lambda: "BEGIN:VCALENDAR".encode("utf-16-le"), "file", "import.encoding",
            id="UTF-16 without mark",
        ),
        pytest.param(
            lambda: calendar("X:Fronleichnam für alle").decode().encode("latin-1"), "file",
            "import.encoding", id="latin-1",
        ),
        pytest.param(lambda: calendar("X:a\x00b"), "file", "import.encoding", id="NUL"),
        pytest.param(lambda: b"", "file", "import.not-icalendar", id="nothing"),
        pytest.param(lambda: b"\x89PNG\r\n\x1a\n", "file", "import.encoding", id="a picture"),
        pytest.param(lambda: b"<html>", "file", "import.not-icalendar", id="a page"),
        pytest.param(lambda: b"{}", "file", "import.not-icalendar", id="JSON"),
        pytest.param(
            lambda: b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "file", "import.not-icalendar",
            id="an event alone",
        ),
        pytest.param(lambda: BEGIN + EVENT, "file", "import.truncated", id="cut off"),
        pytest.param(
            lambda: BEGIN + EVENT + END, "END", "import.truncated", id="ends that do not fit"
        ),
        pytest.param(lambda: b"x" * FULL, "file", "import.not-icalendar", id="a line of 1 MB"),
        pytest.param(
            lambda: padded(BEGIN + EVENT + b"SUMMARY:", b"x", b"\r\nEND:VEVENT\r\n" + END),
            "VEVENT.SUMMARY", "import.line-too-long", id="a name of 1 MB",
        ),
        pytest.param(
            lambda: padded(BEGIN + EVENT + b"SUMMARY:x", b"\r\n y", b"\r\nEND:VEVENT\r\n" + END),
            "file", "import.too-large", id="a name folded into hundred thousands of lines",
        ),
        pytest.param(
            lambda: padded(BEGIN + EVENT + b"EXDATE:20260101", b",20260101", b"\r\nEND:VEVENT\r\n" + END),
            "VEVENT.EXDATE", "import.line-too-long", id="a hundred thousand exclusions on a line",
        ),
        pytest.param(
            lambda: events(2_000, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "VEVENT.RRULE",
            "import.too-much-work", id="thousands of rules for 30 February",
        ),
        pytest.param(
            lambda: events(2_000, "RRULE:FREQ=DAILY"), "VEVENT", "import.too-many",
            id="thousands of endless rules",
        ),
        pytest.param(
            lambda: events(200, "RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=" +
                           ",".join(map(str, range(1, 367)))),
            "VEVENT", "import.too-many", id="floods of positions",
        ),
        pytest.param(
            lambda: events(1, "DURATION:P366D", "RRULE:FREQ=DAILY"),
            "VEVENT",
            "import.too-many",
            id="years that begin every day",
        ),
        pytest.param(
            lambda: events(5_000, "DURATION:P366D", "X-SLACLOCK-KIND:holiday"),
            "VEVENT",
            "import.too-many",
            id="the same, as if it were our own",
        ),
        pytest.param(
            lambda: events(5_000, "DURATION:P366D"), "VEVENT", "import.too-many",
            id="thousands of years",
        ),
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused(
    body: Callable[[], bytes], field: str, code: str, steps: list[int], memory: None
) -> None:
    content = body()
    tracemalloc.reset_peak()
    with pytest.raises(Refusal) as caught:
        read_icalendar(content, YEARS, "Europe/London")
    (fault,) = caught.value.faults
    assert (fault.field, fault.code, caught.value.code) == (field, code, code)
    assert fault.message
    assert fault.remedy
    assert len(str(fault.value)) <= 200


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("RRULE:FREQ=SECONDLY", id="every second for ever"),
        pytest.param("RRULE:FREQ=YEARLY;INTERVAL=0", id="a step of nothing"),
        pytest.param("RRULE:FREQ=DAILY;INTERVAL=9999999999", id="a giant's step"),
        pytest.param("RRULE:FREQ=DAILY;COUNT=1000000000", id="a thousand million times"),
        pytest.param("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", id="30 February"),
        pytest.param("RRULE:FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;BYDAY=MO", id="week 53 in June"),
        pytest.param("RRULE:FREQ=MONTHLY;BYDAY=5MO;BYSETPOS=2", id="the second of one"),
        pytest.param("RRULE:FREQ=DAILY;UNTIL=99991231T235959Z", id="until the end of time"),
        pytest.param("RRULE:" + "FREQ=DAILY;" * 5000, id="the same part thousands of times"),
        pytest.param("RRULE:FREQ=YEARLY;BYMONTHDAY=" + ",".join(["1"] * 20000), id="long lists"),
        pytest.param("RDATE;VALUE=PERIOD:20260101T000000/P99999999D", id="an endless period"),
        pytest.param("EXDATE;TZID=Nowhere:20260101T000000", id="an exclusion nowhere"),
        pytest.param(
            "\r\n".join(
                f"RDATE:{2000 + n // 336}{n // 28 % 12 + 1:02}{n % 28 + 1:02}" for n in range(9000)
            ),
            id="thousands of additions on lines of their own",
        ),
        pytest.param("DTSTART:99991231\r\nRRULE:FREQ=YEARLY", id="every year after the last"),
        pytest.param("DTSTART:99991231\r\nX-SLACLOCK-KIND:window", id="a window on the last date"),
        pytest.param("RECURRENCE-ID:99999999", id="a change of nothing"),
        pytest.param("DTSTART;VALUE=DATE:99991231", id="the last date"),
        pytest.param("DURATION:P1D" + "9" * 5000, id="an endless number"),
    ],
)
def test_a_hostile_event_harms_nobody_else(line: str, steps: list[int], memory: None) -> None:
    one = events(1, line).decode().removesuffix("END:VCALENDAR\r\n")
    fine = "BEGIN:VEVENT\r\nUID:f\r\nDTSTART:20260704\r\nSUMMARY:fine\r\nEND:VEVENT\r\n"
    preview = read_icalendar((one + fine + "END:VCALENDAR\r\n").encode(), YEARS, "Europe/London")
    assert {"date": "2026-07-04", "name": "fine"} in list(preview.holidays) or any(
        "fine" in str(one["name"]) for one in preview.holidays
    )
    assert len(preview.holidays) <= 366 * 17


@pytest.mark.parametrize(
    "part",
    [
        pytest.param("RRULE:FREQ=SECONDLY", id="every second"),
        pytest.param("RRULE:FREQ=DAILY;COUNT=1000000000", id="daily for ever"),
        pytest.param("RDATE:" + ",".join(["20260101T000000"] * 3000), id="thousands of changes"),
        pytest.param("TZOFFSETFROM:+9999", id="no offset"),
        pytest.param("DTSTART:late", id="no start"),
    ],
)
def test_a_hostile_zone_keeps_its_events_out(part: str, steps: list[int], memory: None) -> None:
    zone = [
        "BEGIN:VTIMEZONE", "TZID:Z", "BEGIN:STANDARD", "DTSTART:00010101T000000",
        "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", part, "END:STANDARD", "END:VTIMEZONE",
    ]  # fmt: skip
    event = ["BEGIN:VEVENT", "DTSTART;TZID=Z:20260101T100000", "DURATION:PT1H", "END:VEVENT"]
    preview = read_icalendar(calendar(*zone, *event * 20), YEARS, "Europe/London")
    assert {one.fault.code for one in preview.findings} <= {"import.zone-unknown"}
    assert preview.counts["left_out"] in {0, 20}


WORDS = st.sampled_from(
    [
        "BEGIN:VCALENDAR",
        "END:VCALENDAR",
        "BEGIN:VEVENT",
        "END:VEVENT",
        "BEGIN:VTIMEZONE",
        "END:VTIMEZONE",
        "BEGIN:STANDARD",
        "END:STANDARD",
        "BEGIN:VALARM",
        "END:VALARM",
    ]
)
NAMES = st.sampled_from(
    [
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "UID",
        "STATUS",
        "SUMMARY",
        "TZID",
        "TZOFFSETFROM",
        "TZOFFSETTO",
        "SEQUENCE",
        "X-SLACLOCK-KIND",
        "TRANSP",
        "X-SLACLOCK-HOURS",
        "X-SLACLOCK-MULTIPLIER",
        "X-WR-TIMEZONE",
        "X-SLACLOCK-HORIZON",
    ]
)
PARAMETERS = st.sampled_from(
    [
        "",
        "",
        ";VALUE=DATE",
        ";TZID=Europe/London",
        ";TZID=Z",
        ';TZID="Eastern Standard Time"',
        ";VALUE=PERIOD",
        ";RANGE=THISANDFUTURE",
    ]
)
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "20260101",
            "20261025T013000",
            "20260329T013000Z",
            "00010101T000000",
            "99991231T235959Z",
            "P1D",
            "PT25H",
            "-P1D",
            "P0D",
            "+0100",
            "-2559",
            "Z",
            "window",
            "closed",
            "override",
            "overtime",
            "holiday",
            "09:00-17:00",
            "CANCELLED",
            "20260101/P1D",
            "2021-2036",
            "FREQ=DAILY;COUNT=3",
            "FREQ=YEARLY",
            "FREQ=WEEKLY;BYDAY=MO;UNTIL=20260301",
            "FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=-1",
            "FREQ=YEARLY;BYYEARDAY=-1;INTERVAL=99",
            "FREQ=DAILY;BYHOUR=1",
            "FREQ=SECONDLY",
            "20260101,20260102",
            "US & Canada",
        ]
    ),
)
LINES = st.one_of(
    WORDS, st.builds("{}{}:{}".format, NAMES, PARAMETERS, VALUES), st.text(max_size=9)
)
EVENTS = st.lists(st.builds("{}{}:{}".format, NAMES, PARAMETERS, VALUES), max_size=8).map(
    lambda lines: ["BEGIN:VEVENT", "DTSTART:20260101T100000", *lines, "END:VEVENT"]
)
ZONES = st.lists(st.builds("{}:{}".format, NAMES, VALUES), max_size=4).map(
    lambda lines: (
        [
            "BEGIN:VTIMEZONE",
            "TZID:Z",
            "BEGIN:STANDARD",
            "DTSTART:20200101T000000",
            "TZOFFSETFROM:+0100",
            "TZOFFSETTO:+0000",
            *lines,
            "END:STANDARD",
            "END:VTIMEZONE",
        ]
    )
)
FILES = st.one_of(
    st.binary(max_size=300),
    st.lists(LINES, max_size=12).map(lambda lines: "\r\n".join(lines).encode()),
    st.lists(st.one_of(EVENTS, ZONES), max_size=6).map(
        lambda parts: calendar(*(line for part in parts for line in part))
    ),
)


@given(FILES, st.sampled_from([None, "Europe/London", "Pacific/Apia", "Mars/Olympus"]))
@example(b"BEGIN:VCALENDAR\rEND:VCALENDAR", "UTC")
@example("\ufeffBEGIN:VCALENDAR\u2028\nEND:VCALENDAR\n".encode(), "UTC")
def test_whatever_comes_is_previewed_or_refused(body: bytes, timezone: str | None) -> None:
    limits = Limits(days=5_000, days_of_event=2_000, holidays=2_000)
    try:
        preview = read_icalendar(body, Horizon(2024, 2027), timezone, limits=limits)
    except Refusal as refusal:
        told = [fault.message and fault.remedy and fault.code for fault in refusal.faults]
        assert told
        assert all(told)
    else:
        assert isinstance(preview, Preview)
        for finding in preview.findings:
            assert finding.fault.message
            assert finding.fault.remedy
        for holiday in preview.holidays:
            assert holiday.get("from", "00:00") < holiday.get("to", "24:00"), holiday
