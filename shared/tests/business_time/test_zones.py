"""Zones from the packaged tzdata agree with the standard library's reading of the same files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from slaclock.business_time.posix_tail import parse_tail
from slaclock.business_time.tz_files import PACKAGED, load_zone, zone_of
from slaclock.business_time.zone import read_zone
from slaclock.testing.calendars import AWKWARD_ZONES
from slaclock.testing.minute_walk import packaged_zone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = (datetime(2200, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(seconds=1)
FIRST_LETTERS = sorted({name[:2] for name in PACKAGED.names()})


@pytest.mark.parametrize("letters", FIRST_LETTERS)
def test_every_offset_of_every_zone_until_2200(letters: str) -> None:
    for name in sorted(PACKAGED.names()):
        if not name.startswith(letters):
            continue
        zone, expected = load_zone(name), packaged_zone(name)
        segments = zone.segments(0, LAST)
        assert [start for start, _, _ in segments[1:]] == [stop for _, stop, _ in segments[:-1]]
        for start, stop, offset in segments:
            for second in (start, (start + stop) // 2, stop - 1):
                instant = EPOCH + timedelta(seconds=second)
                assert instant.astimezone(expected).utcoffset() == timedelta(seconds=offset), (
                    name,
                    instant,
                )


@pytest.mark.parametrize("name", AWKWARD_ZONES)
def test_offsets_and_dates_one_by_one(name: str) -> None:
    zone, expected = load_zone(name), packaged_zone(name)
    for second in range(0, LAST, 40 * 86_400 + 12_345):
        local = (EPOCH + timedelta(seconds=second)).astimezone(expected)
        assert timedelta(seconds=zone.offset_at(second)) == local.utcoffset()
        assert zone.local_date(second * 1_000_000) == local.date()


@pytest.mark.parametrize("name", AWKWARD_ZONES)
def test_a_written_zone_reads_as_itself(name: str) -> None:
    zone, faults = read_zone(zone_of(name), path="zone")
    assert not faults
    assert zone == load_zone(name)


def test_a_zone_begins_in_1970_and_ends_in_a_rule() -> None:
    london = zone_of("Europe/London")
    assert london["transitions"][:3] == [[0, 3600], [57722400, 0], [69818400, 3600]]
    assert london["tail"] == "GMT0BST,M3.5.0/1,M10.5.0"
    assert london["name"] == "Europe/London"


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", "europe/london", "../tzdata/zones", "/etc/localtime", "Europe"]
)
def test_a_zone_that_does_not_exist(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone of tzdata"):
        zone_of(name)


@pytest.mark.parametrize(
    ("rule", "year", "changes"),
    [
        pytest.param("UTC0", 2026, [], id="no changes"),
        pytest.param("<+03>-3", 2026, [], id="quoted name"),
        pytest.param(
            "GMT0BST,M3.5.0/1,M10.5.0",
            2026,
            [("2026-03-29T01:00", 3600), ("2026-10-25T01:00", 0)],
            id="last Sundays",
        ),
        pytest.param(
            "IST-1GMT0,M10.5.0,M3.5.0/1",
            2026,
            [("2026-03-29T01:00", 3600), ("2026-10-25T01:00", 0)],
            id="negative: the winter is the exception",
        ),
        pytest.param(
            "AEST-10AEDT,M10.1.0,M4.1.0/3",
            2026,
            [("2026-04-04T16:00", 36000), ("2026-10-03T16:00", 39600)],
            id="south: the summer spans the year's end",
        ),
        pytest.param(
            "EET-2EEST,M3.4.4/50,M10.4.4/50",
            2026,
            [("2026-03-28T00:00", 10800), ("2026-10-23T23:00", 7200)],
            id="hours beyond a day",
        ),
        pytest.param(
            "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
            2026,
            [("2026-03-29T01:00", -3600), ("2026-10-25T01:00", -7200)],
            id="hours before a day",
        ),
        pytest.param(
            "XXX3YYY,J60/0,J300/0",
            2024,
            [("2024-03-01T03:00", -7200), ("2024-10-27T02:00", -10800)],
            id="J60 is 1 March in a leap year",
        ),
        pytest.param(
            "XXX3YYY,59/0,299/0",
            2024,
            [("2024-02-29T03:00", -7200), ("2024-10-26T02:00", -10800)],
            id="59 is 29 February in a leap year",
        ),
        pytest.param(
            "XXX3YYY,59/0,299/0",
            2023,
            [("2023-03-01T03:00", -7200), ("2023-10-27T02:00", -10800)],
            id="59 is 1 March in another",
        ),
        pytest.param(
            "EST5EDT",
            2026,
            [("2026-03-08T07:00", -14400), ("2026-11-01T06:00", -18000)],
            id="rules left out",
        ),
        pytest.param(
            "LHST-10:30LHDT-11,M10.1.0,M4.1.0",
            2026,
            [("2026-04-04T15:00", 37800), ("2026-10-03T15:30", 39600)],
            id="half an hour",
        ),
        pytest.param(
            "AAA1:02:03BBB,M1.1.1,M12.5.6",
            2026,
            [("2026-01-05T03:02:03", -123), ("2026-12-26T02:02:03", -3723)],
            id="offsets with seconds",
        ),
    ],
)
def test_a_rule(rule: str, year: int, changes: list[tuple[str, int]]) -> None:
    found = [
        (EPOCH + timedelta(seconds=second), offset)
        for second, offset in parse_tail(rule).transitions(year, year)
    ]
    expected = [(datetime.fromisoformat(f"{text}+00:00"), offset) for text, offset in changes]
    assert [change for change in found if change[0].year == year] == expected


@pytest.mark.parametrize("tail", ["EST5EDT,0/0,J365/25", "XXX3EDT4,0/0,J365/23"])
def test_summer_time_all_year(tail: str) -> None:
    written = {"name": "X", "transitions": [[0, -14400]], "tail": tail}
    zone, faults = read_zone(written, path="zone")
    assert zone is not None, faults
    assert {offset for _, _, offset in zone.segments(0, LAST)} == {-14400}


@pytest.mark.parametrize(
    "rule",
    ["", "GMT", "G0", "GMT0BST,M3.5.0/1", "GMT0BST,M13.5.0,M10.5.0", "GMT0BST,J0,J366", "GMT25",
     "GMT0BST,M3.5.0/168,M10.5.0", "GMT0BST,400,10", "GMT0BST,M3.6.0,M10.5.0", "GMT0:60", "<GMT0",
     "GMT0 ", "GMT0BST,M3.5.7,M10.5.0"],
)  # fmt: skip
def test_what_is_not_a_rule(rule: str) -> None:
    with pytest.raises(ValueError, match=r"POSIX TZ rule|has a"):
        parse_tail(rule)
