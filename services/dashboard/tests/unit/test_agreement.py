from __future__ import annotations

from typing import Any

import pytest

from dashboard_service.domain.agreement import Agreement, Target, read_agreement

OFFICE = "a" * 64
SNAPSHOT: dict[str, Any] = {
    "name": "Gold",
    "targets": [
        {"metric": "resolution", "priority": "P1", "minutes": 240, "calendar": "24x7"},
        {"metric": "resolution", "priority": None, "minutes": 2400, "calendar": "office"},
    ],
    "calendars": {"office": {"hash": OFFICE, "calendar_id": "uk", "version": 1}},
    "calendar_snapshots": {OFFICE: {"timezone": "Europe/London", "windows": []}},
}


def read(snapshot: dict[str, Any]) -> Agreement:
    return read_agreement("acme", "f" * 64, "gold", 2, snapshot)


@pytest.mark.parametrize(
    ("metric", "priority", "calendar"),
    [
        pytest.param("resolution", "P1", None, id="its own target, around the clock"),
        pytest.param("resolution", "P3", OFFICE, id="the fallback of the metric"),
        pytest.param("resolution", "", OFFICE, id="no priority known"),
    ],
)
def test_the_calendar_of_a_clock(metric: str, priority: str, calendar: str | None) -> None:
    target = read(SNAPSHOT).target(metric, priority)
    assert target is not None
    assert target.calendar == calendar


def test_a_metric_without_target_has_no_calendar() -> None:
    assert read(SNAPSHOT).target("first_response", "P1") is None


def test_the_name_falls_back_to_the_id() -> None:
    assert read(SNAPSHOT).name == "Gold"
    assert read({**SNAPSHOT, "name": ""}).name == "gold"


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"calendars": {}}, id="a target names a calendar that is not listed"),
        pytest.param({"calendar_snapshots": {}}, id="a calendar's snapshot is not held"),
        pytest.param({"targets": [{"metric": "resolution"}]}, id="a target without calendar"),
        pytest.param({"targets": None}, id="no targets"),
    ],
)
def test_a_snapshot_that_does_not_fit_together_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError)):
        read({**SNAPSHOT, **broken})


def test_targets_keep_what_they_need() -> None:
    assert read(SNAPSHOT).targets[0] == Target("resolution", "P1", None)
