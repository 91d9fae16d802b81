from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from calendar_service.domain.draft import faults_in
from calendar_service.domain.version import snapshot_of
from slaclock.business_time import PACKAGED, BusinessCalendar, InvalidCalendar
from slaclock.contracts.canonical import canonical, content_hash

AT = datetime(2026, 3, 2, tzinfo=UTC)
NINE_TO_FIVE = {"weekday": 0, "start": "09:00", "end": "17:00"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, [], id="nothing is wrong"),
        pytest.param(
            {"calendar_id": "other"}, [("calendar_id", "calendar.id-mismatch")], id="another id"
        ),
        pytest.param({"holiday": []}, [("holiday", "calendar.unknown-key")], id="a misspelt key"),
        pytest.param({"name": "x\ny"}, [("name", "calendar.name")], id="a name of two lines"),
        pytest.param({"name": "x" * 201}, [("name", "calendar.name")], id="a name too long"),
        pytest.param(
            {"timezone": "Mars/Olympus"}, [("timezone", "calendar.timezone")], id="unknown zone"
        ),
        pytest.param(
            {"windows": [{"weekday": 7, "start": "9", "end": "17:00"}]},
            [("windows[0].start", "calendar.time"), ("windows[0].weekday", "calendar.weekday")],
            id="two faults of one window",
        ),
        pytest.param(
            {"windows": [NINE_TO_FIVE, NINE_TO_FIVE | {"start": "16:00", "end": "18:00"}]},
            [("windows[1]", "calendar.window-overlap")],
            id="overlap",
        ),
        pytest.param({"windows": []}, [("windows", "calendar.no-business-time")], id="never open"),
        pytest.param(
            {"holidays": [{"date": "2026-02-30", "name": "x\x00"}], "timezone": 3},
            [
                ("holidays[0].date", "calendar.date"),
                ("holidays[0].name", "calendar.name"),
                ("timezone", "calendar.timezone"),
            ],
            id="faults of three places at once",
        ),
        pytest.param(
            {"version": 7, "tzdata": "1999a", "zone": {"name": "nonsense"}},
            [],
            id="what publishing writes does not count",
        ),
    ],
)
def test_all_faults_come_at_once(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    draft = {"timezone": "Europe/London", "windows": [NINE_TO_FIVE], **change}
    found = faults_in(draft, "uk", PACKAGED, {}, AT)
    assert sorted((fault.field, fault.code) for fault in found) == sorted(expected)
    assert all(fault.message and fault.remedy for fault in found)


@pytest.mark.parametrize("calendar_id", ["a/b", "..", " a", "a\n", "\x7f"])
def test_an_id_must_fit_into_an_address(calendar_id: str) -> None:
    draft = {"timezone": "Europe/London", "windows": [NINE_TO_FIVE]}
    codes = {fault.code for fault in faults_in(draft, calendar_id, PACKAGED, {}, AT)}
    assert codes == {"calendar.id-unusable"}


def test_a_snapshot_is_canonical_complete_and_carries_its_zone(office: dict[str, Any]) -> None:
    snapshot = snapshot_of(office, "uk", 3, PACKAGED)
    assert snapshot.body == canonical(dict(snapshot.document))
    assert snapshot.hash == content_hash(dict(snapshot.document))
    assert (snapshot.document["calendar_id"], snapshot.document["version"]) == ("uk", 3)
    assert snapshot.document["zone"]["transitions"][0][0] == 0
    assert snapshot.document["overrides"] == []
    assert BusinessCalendar.from_snapshot(dict(snapshot.document)).timezone == "Europe/London"


def test_content_ignores_number_order_and_defaults(office: dict[str, Any]) -> None:
    first = snapshot_of(office, "uk", 1, PACKAGED)
    same = {**office, "windows": office["windows"][::-1], "type": "business", "version": 9}
    second = snapshot_of(same, "uk", 2, PACKAGED)
    other = snapshot_of({**office, "holidays": []}, "uk", 2, PACKAGED)
    assert first.content == second.content
    assert first.hash != second.hash
    assert first.content != other.content


def test_an_invalid_draft_makes_no_snapshot() -> None:
    with pytest.raises(InvalidCalendar):
        snapshot_of({"timezone": "Europe/London"}, "uk", 1, PACKAGED)
