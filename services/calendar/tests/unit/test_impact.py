"""What another tzdata release would change, against calendars computed with either."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calendar_service.domain.impact import Example, Impact, Zones, impact_of
from calendar_service.domain.version import snapshot_of
from slaclock.business_time import PACKAGED, BusinessCalendar, InvalidCalendar
from slaclock.business_time.instants import from_us, to_us
from slaclock.testing.zones import OtherRelease

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NO_SUMMER_TIME = {"Europe/London": "Africa/Abidjan"}
HOURS = [{"weekday": day, "start": "09:00", "end": "17:30"} for day in range(5)]
NIGHTS = [{"weekday": day, "start": "22:00", "end": "06:00"} for day in range(7)]
ALWAYS = [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(7)]


def sealed(windows: list[dict[str, Any]], zone: str = "Europe/London", **more: Any) -> Any:
    draft = {"timezone": zone, "windows": windows, **more}
    return snapshot_of(draft, "c", 1, PACKAGED).document


def compared(snapshot: Any, **release: Any) -> Impact | None:
    return impact_of(snapshot, Zones(OtherRelease(**release)), NOW)


def at(*when: int) -> int:
    return to_us(datetime(*when, tzinfo=UTC))  # type: ignore[misc,arg-type] # year, month, day ...


@pytest.mark.parametrize(
    ("snapshot", "release"),
    [
        pytest.param(sealed(HOURS), {}, id="only the release's name is another"),
        pytest.param(sealed(ALWAYS), {"instead": NO_SUMMER_TIME}, id="open around the clock"),
        pytest.param(
            sealed(HOURS, "Asia/Tokyo"), {"instead": NO_SUMMER_TIME}, id="another zone changed"
        ),
        pytest.param(
            sealed(
                [],
                overrides=[{"date": "2026-12-24", "windows": [{"start": "09:00", "end": "13:00"}]}],
            ),
            {"instead": NO_SUMMER_TIME},
            id="open in winter only",
        ),
    ],
)
def test_nothing_changes(snapshot: Any, release: dict[str, Any]) -> None:
    assert compared(snapshot, **release) is None


def test_what_differs_in_the_past_only_has_an_end() -> None:
    """Berlin and Paris kept other clocks in the seventies."""
    found = compared(sealed(HOURS, "Europe/Berlin"), instead={"Europe/Berlin": "Europe/Paris"})
    assert found is not None
    assert found.until_us is not None
    assert found.until_us < at(1981, 1, 1)
    assert (found.gained_us, found.lost_us) == (0, 0)


def test_summer_time_given_up() -> None:
    found = compared(sealed(HOURS), instead=NO_SUMMER_TIME)
    assert found is not None
    assert found.known
    assert found.first_us == at(1970, 1, 1, 8)  # Britain kept summer time all year until 1971
    assert found.until_us is None
    assert found.examples[0] == Example(
        (at(1970, 1, 1, 8), at(1970, 1, 1, 16, 30)), (at(1970, 1, 1, 9), at(1970, 1, 1, 17, 30))
    )
    assert len(found.examples) == 5
    summer_days = sum(
        BusinessCalendar.from_snapshot(sealed(HOURS)).is_business_time(noon)
        for noon in (NOW + timedelta(days=day, hours=12) for day in range(365))
        if datetime(2026, 3, 29, tzinfo=UTC) < noon < datetime(2026, 10, 25, tzinfo=UTC)
    )
    assert found.gained_minutes == found.lost_minutes == summer_days * 60


@pytest.mark.parametrize(
    ("zone", "instead"),
    [
        pytest.param("Europe/London", "Africa/Abidjan", id="no summer time"),
        pytest.param("Europe/London", "Europe/Lisbon", id="another history"),
        pytest.param("Pacific/Apia", "Pacific/Pago_Pago", id="another side of the date line"),
        pytest.param("America/New_York", "America/Chicago", id="an hour west"),
        pytest.param("Asia/Kathmandu", "Asia/Kolkata", id="a quarter of an hour"),
        pytest.param("Africa/Casablanca", "Africa/Lagos", id="negative summer time"),
    ],
)
@pytest.mark.parametrize("windows", [HOURS, NIGHTS], ids=["days", "nights"])
def test_it_says_what_the_two_calendars_say(
    zone: str, instead: str, windows: list[dict[str, Any]]
) -> None:
    """Against calendars of either release, minute by minute around what is told."""
    snapshot = sealed(windows, zone, holidays=[{"date": "2026-04-03", "name": "Good Friday"}])
    release = OtherRelease(instead={zone: instead})
    found = impact_of(snapshot, Zones(release), NOW)
    old = BusinessCalendar.from_snapshot(snapshot)
    plain = {key: value for key, value in snapshot.items() if key != "zone"}
    new = BusinessCalendar.from_snapshot(plain, files=release)
    assert found is not None
    assert found.first_us is not None
    first = from_us(found.first_us)
    assert old.is_business_time(first) != new.is_business_time(first)
    earlier = first - timedelta(minutes=1)
    if earlier.year >= 1970:
        assert old.elapsed(earlier, first) == new.elapsed(earlier, first)
    if found.until_us is not None:
        last = from_us(found.until_us)
        before = last - timedelta(microseconds=1)
        assert old.is_business_time(before) != new.is_business_time(before)
        ahead = last + timedelta(days=4000)
        assert old.elapsed(last, ahead) == new.elapsed(last, ahead)
    year = (NOW, NOW + timedelta(days=365))
    assert found.gained_us - found.lost_us == (
        new.elapsed_us(*map(to_us, year)) - old.elapsed_us(*map(to_us, year))
    )
    for example in found.examples:
        assert example.old != example.new
        for calendar, interval in ((old, example.old), (new, example.new)):
            if interval is not None:
                opens, closes = map(from_us, interval)
                assert calendar.elapsed(opens, closes) == closes - opens
                assert not calendar.is_business_time(closes)


def test_a_zone_that_is_not_known_any_more() -> None:
    assert compared(sealed(HOURS), gone=frozenset({"Europe/London"})) == Impact(known=False)


def test_a_calendar_without_zone_cannot_be_compared() -> None:
    with pytest.raises(InvalidCalendar, match="without a zone"):
        compared({"timezone": "UTC", "windows": HOURS})


def test_following_the_release_makes_another_version() -> None:
    """The name of the release alone does not: only what is computed counts."""
    draft = {"timezone": "Europe/London", "windows": HOURS}
    content = {
        name: snapshot_of(draft, "c", 1, files).content
        for name, files in {
            "now": PACKAGED,
            "renamed": OtherRelease(version="2099.1"),
            "changed": OtherRelease(version="2099.1", instead=NO_SUMMER_TIME),
        }.items()
    }
    assert content["now"] == content["renamed"] != content["changed"]
