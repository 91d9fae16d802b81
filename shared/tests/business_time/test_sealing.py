"""A draft becomes a complete snapshot, and the snapshot outlives every later tzdata."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import pytest
from hypothesis import given

from slaclock.business_time import (
    PACKAGED,
    BusinessCalendar,
    InvalidCalendar,
    seal,
    validate,
    zone_of,
)
from slaclock.testing.calendars import AWKWARD_ZONES, hours, instants_us, snapshot, snapshots

OFFICE = ("Mon-Fri 09:00-17:00",)
MINUTE = 60_000_000


def answers(found: BusinessCalendar) -> list[tuple[int, int, object]]:
    """What a calendar says of instants from 1970 to 2049."""
    return [
        (found.elapsed_us(0, at), found.add_us(at, 777 * MINUTE), found.local_date(at))
        for at in range(0, 2_500_000_000_000_000, 62_531_000_000_001)
    ]


@dataclass(frozen=True, slots=True)
class OtherZones:
    """A tzdata package in which every zone is what Tokyo is."""

    version: str = "2099.1"

    def names(self) -> frozenset[str]:
        return PACKAGED.names()

    def read(self, name: str) -> bytes:  # noqa: ARG002  the protocol's shape
        return PACKAGED.read("Asia/Tokyo")


def test_all_defaults_are_written_out() -> None:
    sealed = seal(snapshot("Europe/London", *OFFICE), calendar_id="uk", version=3)
    assert sealed == {
        "schema": "slaclock.calendar/1",
        "calendar_id": "uk",
        "version": 3,
        "name": "uk",
        "type": "business",
        "timezone": "Europe/London",
        "tzdata": PACKAGED.version,
        "zone": zone_of("Europe/London"),
        "windows": hours(*OFFICE),
        "holidays": [],
        "overrides": [],
        "holiday_rule": "date",
        "overtime_windows": [],
    }


def test_the_order_of_writing_does_not_matter() -> None:
    parts: dict[str, list[dict[str, Any]]] = {
        "windows": hours("Mon-Fri 09:00-12:00", "Mon-Fri 13:00-17:00"),
        "holidays": [
            {"date": "2026-12-25", "name": "Christmas Day", "recurrence": "yearly"},
            {"date": "2026-12-24", "from": "12:00"},
            {"date": "2026-04-03", "name": "Good Friday", "recurrence": None},
        ],
        "overrides": [
            {"date": "2026-12-31", "windows": []},
            {
                "date": "2026-03-07",
                "windows": [{"start": "13:00", "end": "14:00"}, {"start": "09:00", "end": "12:00"}],
            },
        ],
    }
    one = {"timezone": "Europe/London", **parts}
    other = {"timezone": "Europe/London", **{key: part[::-1] for key, part in parts.items()}}
    sealed = seal(one, calendar_id="uk", version=1)
    assert sealed == seal(other, calendar_id="uk", version=1)
    assert sealed["holidays"] == [
        {"date": "2026-04-03", "name": "Good Friday"},
        {"date": "2026-12-24", "name": "", "from": "12:00", "to": "24:00"},
        {"date": "2026-12-25", "name": "Christmas Day", "recurrence": "yearly"},
    ]
    assert sealed["overrides"][0]["windows"][0]["start"] == "09:00"


def test_sealing_leaves_the_draft_alone_and_shares_nothing_with_it() -> None:
    draft = snapshot("UTC", *OFFICE)
    before = json.dumps(draft)
    seal(draft, calendar_id="x", version=1)["windows"][0]["start"] = "10:00"
    assert json.dumps(draft) == before


def test_sealing_again_follows_the_zone_of_today() -> None:
    sealed = seal(snapshot("Europe/London", *OFFICE), calendar_id="uk", version=1)
    again = seal(sealed, calendar_id="uk", version=2, files=OtherZones())
    assert again["zone"] == zone_of("Asia/Tokyo") | {"name": "Europe/London"}
    assert (again["version"], again["tzdata"]) == (2, "2099.1")


def test_a_misspelt_key_is_not_published() -> None:
    draft = snapshot(
        "UTC", *OFFICE, holliday=[], holidays=[{"date": "2026-12-25", "form": "12:00"}]
    )
    with pytest.raises(InvalidCalendar) as refused:
        seal(draft, calendar_id="x", version=1)
    assert [(fault.field, fault.remedy) for fault in refused.value.faults] == [
        ("holliday", "write holidays"),
        ("holidays[0].form", "write from"),
    ]


@given(snapshots())
def test_a_sealed_snapshot_is_plain_json_without_faults(written: dict[str, Any]) -> None:
    sealed = seal(written, calendar_id="c", version=1)
    assert json.loads(json.dumps(sealed)) == sealed
    assert validate(sealed) == []
    assert seal(sealed, calendar_id="c", version=1) == sealed


@pytest.mark.parametrize("name", AWKWARD_ZONES)
def test_another_tzdata_changes_no_published_instant(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acceptance (g): with another tzdata package, every snapshot gives the same instants."""
    draft = snapshot(name, "Mon-Sun 08:00-12:00", "Mon-Sun 22:00-03:00")
    sealed = json.loads(json.dumps(seal(draft, calendar_id="c", version=1)))
    expected = answers(BusinessCalendar.from_snapshot(sealed))

    tokyo = PACKAGED.read("Asia/Tokyo")
    monkeypatch.setattr(type(PACKAGED), "read", lambda *_: tokyo)
    assert zone_of(name)["transitions"] != sealed["zone"]["transitions"]
    assert answers(BusinessCalendar.from_snapshot(draft)) != expected
    assert answers(BusinessCalendar.from_snapshot(sealed)) == expected


def test_no_tzdata_at_all_is_enough_for_a_published_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed = seal(snapshot("Europe/London", *OFFICE), calendar_id="uk", version=1)
    expected = datetime(2026, 3, 30, 9, tzinfo=UTC)

    def missing(package: str) -> None:
        raise ModuleNotFoundError(package)

    monkeypatch.setattr(resources, "files", missing)
    found = BusinessCalendar.from_snapshot(sealed)
    assert found.add_business_minutes(datetime(2026, 3, 27, 16, tzinfo=UTC), 120) == expected
    with pytest.raises(ModuleNotFoundError):
        BusinessCalendar.from_snapshot(snapshot("Europe/London", *OFFICE))


@given(instants_us(1970, 2199))
def test_the_local_date_of_an_instant(at: int) -> None:
    apia = BusinessCalendar.from_snapshot(snapshot("Pacific/Apia", *OFFICE))
    assert apia.local_date(at).isoformat() != "2011-12-30"
