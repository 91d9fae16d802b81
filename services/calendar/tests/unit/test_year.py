"""A year by its dates: nothing is lost between them, and each says why it is as it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from calendar_service.domain.year import Day, Year, year_of
from slaclock.business_time import PACKAGED, BusinessCalendar, seal, validate
from slaclock.business_time.zone import read_zone

OFFICE = [{"weekday": day, "start": "09:00", "end": "17:30"} for day in range(5)]
NIGHTS = [{"weekday": day, "start": "22:00", "end": "06:00"} for day in range(7)]
AWKWARD = [
    "Europe/London",
    "Africa/Casablanca",
    "America/St_Johns",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Havana",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Asia/Tehran",
    "Europe/Dublin",
    "UTC",
]


def year(number: int, timezone: str = "Europe/London", **document: Any) -> Year:
    draft = {"timezone": timezone, "windows": OFFICE} | document
    snapshot = seal(draft, calendar_id="it", version=1)
    zone, _ = read_zone(snapshot["zone"], path="zone")
    assert zone is not None
    return year_of(snapshot, zone, number)


def day(found: Year, on: str) -> Day:
    return next(one for one in found.days if one.on == date.fromisoformat(on))


def hours(one: Day) -> list[str]:
    return [
        f"{start // 3600:02}:{start // 60 % 60:02}-{end // 3600:02}:{end // 60 % 60:02}"
        for start, end in ((open_.start_s, open_.end_s) for open_ in one.open_times)
    ]


def holiday(on: str, **more: str) -> dict[str, Any]:
    return {"date": on, "name": "Holiday", **more}


@pytest.mark.parametrize(
    ("document", "on", "kind", "shown", "why"),
    [
        pytest.param({}, "2026-03-06", "open", ["09:00-17:30"], [], id="a working day"),
        pytest.param({}, "2026-03-07", "closed", [], [], id="a day without windows"),
        pytest.param(
            {"holidays": [holiday("2026-04-03")]},
            "2026-04-03",
            "holiday",
            [],
            ["Holiday: closed"],
            id="a holiday",
        ),
        pytest.param(
            {"holidays": [holiday("2020-12-26", recurrence="yearly")]},
            "2026-12-26",
            "holiday",
            [],
            ["Holiday: closed, on hours that are closed anyway"],
            id="a holiday on a Saturday",
        ),
        pytest.param(
            {"holidays": [{**holiday("2026-12-24"), "from": "12:00", "to": "24:00"}]},
            "2026-12-24",
            "partial",
            ["09:00-12:00"],
            ["Holiday: closed 12:00-24:00"],
            id="half a holiday",
        ),
        pytest.param(
            {"holidays": [{**holiday("2026-12-24"), "from": "18:00", "to": "24:00"}]},
            "2026-12-24",
            "open",
            ["09:00-17:30"],
            ["Holiday: closed 18:00-24:00, on hours that are closed anyway"],
            id="a holiday after hours",
        ),
        pytest.param(
            {
                "overrides": [
                    {"date": "2026-12-19", "windows": [{"start": "10:00", "end": "12:00"}]}
                ]
            },
            "2026-12-19",
            "override",
            ["10:00-12:00"],
            ["other hours on this date, 10:00-12:00"],
            id="an opening on a Saturday",
        ),
        pytest.param(
            {"overrides": [{"date": "2026-12-18", "windows": []}]},
            "2026-12-18",
            "override",
            [],
            ["closed on this date"],
            id="an override that closes",
        ),
        pytest.param(
            {
                "holidays": [holiday("2026-12-25")],
                "overrides": [
                    {"date": "2026-12-25", "windows": [{"start": "10:00", "end": "12:00"}]}
                ],
            },
            "2026-12-25",
            "override",
            ["10:00-12:00"],
            ["other hours on this date, 10:00-12:00", "this wins over Holiday"],
            id="an override on a holiday",
        ),
        pytest.param(
            {"windows": NIGHTS},
            "2026-03-29",
            "open",
            ["00:00-01:00", "02:00-06:00", "22:00-24:00"],
            ["the clock goes from 01:00 to 02:00: 60 minutes of open time less"],
            id="the short night",
        ),
        pytest.param(
            {"windows": NIGHTS},
            "2026-10-25",
            "open",
            ["00:00-02:00", "01:00-06:00", "22:00-24:00"],
            ["the clock goes from 02:00 to 01:00: 60 minutes of open time more"],
            id="the long night",
        ),
        pytest.param(
            {},
            "2026-03-29",
            "closed",
            [],
            ["the clock goes from 01:00 to 02:00, outside open hours"],
            id="a change that changes nothing",
        ),
        pytest.param(
            {"windows": NIGHTS, "holidays": [holiday("2026-06-10")]},
            "2026-06-11",
            "open",
            ["00:00-06:00", "22:00-24:00"],
            [],
            id="the shift that begins on a holiday, rule date",
        ),
        pytest.param(
            {"windows": NIGHTS, "holidays": [holiday("2026-06-10")], "holiday_rule": "shift"},
            "2026-06-10",
            "partial",
            ["00:00-06:00"],
            ["Holiday: closed"],
            id="the shift that ends on a holiday, rule shift",
        ),
        pytest.param(
            {"windows": NIGHTS, "holidays": [holiday("2026-06-10")], "holiday_rule": "shift"},
            "2026-06-11",
            "open",
            ["22:00-24:00"],
            ["the shift 22:00-06:00 of the day before is closed: Holiday"],
            id="the shift that begins on a holiday, rule shift",
        ),
        pytest.param(
            {
                "windows": NIGHTS[:6],
                "overrides": [
                    {"date": "2026-06-20", "windows": [{"start": "09:00", "end": "17:00"}]}
                ],
            },
            "2026-06-21",
            "closed",
            [],
            ["the shift 22:00-06:00 of the day before is replaced by other hours"],
            id="the shift that an override replaces",
        ),
    ],
)
def test_dates(
    document: dict[str, Any], on: str, kind: str, shown: list[str], why: list[str]
) -> None:
    found = day(year(2026, **document), on)
    assert (found.kind, hours(found), list(found.why)) == (kind, shown, why)


def test_a_date_that_does_not_exist_is_there_and_says_so() -> None:
    always = [{"weekday": number, "start": "00:00", "end": "24:00"} for number in range(7)]
    found = year(2011, "Pacific/Apia", windows=always)
    skipped = day(found, "2011-12-30")
    assert (skipped.kind, skipped.open_seconds) == ("skipped", 0)
    assert skipped.why == ("this date does not exist in Pacific/Apia",)
    assert len(found.days) == 365
    assert found.open_days == 364


def test_hours_after_midnight_name_the_date_on_which_the_shift_began() -> None:
    first, second = day(year(2026, windows=NIGHTS), "2026-01-01").open_times
    assert (first.began_on, first.window) == (date(2025, 12, 31), "22:00-06:00")
    assert (second.began_on, second.end_s) == (date(2026, 1, 1), 86_400)


def test_offsets_cover_the_year_and_say_where_the_clock_is_set() -> None:
    found = year(2026)
    assert [offset.seconds for offset in found.offsets] == [0, 3600, 0]
    assert [change.at for change in found.changes] == [offset.start for offset in found.offsets[1:]]
    assert found.offsets[0].start < found.start
    assert found.offsets[-1].end > found.end
    assert found.start == datetime(2026, 1, 1, tzinfo=UTC)
    assert year(2026, "Asia/Kolkata").start == datetime(2025, 12, 31, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize("number", [1970, 2199])
@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_the_first_and_the_last_year_are_cut_where_instants_end(number: int, timezone: str) -> None:
    found = year(number, timezone, windows=NIGHTS)
    assert len(found.days) == 365
    assert found.start >= datetime(1970, 1, 1, tzinfo=UTC)
    assert found.end <= datetime(2200, 1, 1, tzinfo=UTC)


minutes = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Calendars with a window a day, at most, holidays of all kinds, and overrides."""
    windows = []
    for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
        start = draw(st.integers(0, 1439))
        length = draw(st.integers(1, 1440 - start if start < 720 else 720))
        end = (start + length) % 1440
        written = "24:00" if end == 0 else f"{end // 60:02}:{end % 60:02}"
        windows.append(
            {"weekday": weekday, "start": f"{start // 60:02}:{start % 60:02}", "end": written}
        )
    dates = st.dates(date(2009, 12, 20), date(2012, 1, 10)).map(date.isoformat)
    holidays: list[dict[str, str]] = []
    for on in draw(st.sets(dates, max_size=12)):
        item = {"date": on, "name": draw(st.sampled_from(["", "Fête", "🎄"]))}
        if draw(st.booleans()):
            low, high = sorted(draw(st.sets(minutes, min_size=2, max_size=2)))
            item |= {"from": low, "to": high}
        holidays.append(item)
    overrides = [
        {"date": on, "windows": draw(st.sampled_from([[], [{"start": "20:00", "end": "04:00"}]]))}
        for on in draw(st.sets(dates, max_size=5))
    ]
    document = {
        "windows": windows,
        "holidays": holidays,
        "overrides": overrides,
        "holiday_rule": draw(st.sampled_from(["date", "shift"])),
    }
    assume(not validate(document | {"timezone": "UTC"}))
    return document


@settings(max_examples=150)
@given(
    document=documents(),
    timezone=st.sampled_from(AWKWARD),
    number=st.sampled_from([2010, 2011]),
)
def test_the_dates_of_a_year_add_up_to_it(
    document: dict[str, Any], timezone: str, number: int
) -> None:
    snapshot = seal(document | {"timezone": timezone}, calendar_id="it", version=1)
    zone, _ = read_zone(snapshot["zone"], path="zone")
    assert zone is not None
    calendar = BusinessCalendar.from_snapshot(snapshot)
    found = year_of(snapshot, zone, number)
    assert timedelta(seconds=found.open_seconds) == calendar.elapsed(found.start, found.end)
    for one in found.days:
        assert one.open_seconds == sum(
            (open_.end - open_.start).total_seconds() for open_ in one.open_times
        )
        for open_ in one.open_times:
            assert calendar.elapsed(open_.start, open_.end) == open_.end - open_.start
            assert calendar.local_date(int(open_.start.timestamp() * 1_000_000)) == one.on
            assert 0 <= open_.start_s < open_.end_s <= 86_400


@settings(max_examples=60)
@given(document=documents(), timezone=st.sampled_from(AWKWARD))
def test_what_the_clock_takes_and_gives_is_the_difference_to_a_clock_that_never_changes(
    document: dict[str, Any], timezone: str
) -> None:
    snapshot = seal(document | {"timezone": timezone}, calendar_id="it", version=1)
    zone, _ = read_zone(snapshot["zone"], path="zone")
    assert zone is not None
    found = year_of(snapshot, zone, 2010)
    flat = BusinessCalendar.from_snapshot(
        snapshot
        | {"timezone": "UTC", "zone": {"name": "UTC", "transitions": [[0, 0]], "tail": "UTC0"}}
    )
    readings = flat.elapsed(datetime(2010, 1, 1, tzinfo=UTC), datetime(2011, 1, 1, tzinfo=UTC))
    effect = sum(change.effect_seconds for change in found.changes)
    assert readings + timedelta(seconds=effect) == timedelta(seconds=found.open_seconds)


@pytest.mark.parametrize("timezone", sorted(PACKAGED.names())[::15])
def test_it_holds_in_every_zone(timezone: str) -> None:
    draft = {"timezone": timezone, "windows": NIGHTS, "holidays": [holiday("2011-12-31")]}
    snapshot = seal(draft, calendar_id="it", version=1)
    zone, _ = read_zone(snapshot["zone"], path="zone")
    assert zone is not None
    calendar = BusinessCalendar.from_snapshot(snapshot)
    for number in (1972, 1994, 2011, 2026, 2150):
        found = year_of(snapshot, zone, number)
        assert timedelta(seconds=found.open_seconds) == calendar.elapsed(found.start, found.end)


def test_years_outside_the_range_are_refused() -> None:
    with pytest.raises(ValueError, match="2200"):
        year(2200)
    with pytest.raises(ValueError, match="1969"):
        year(1969)
