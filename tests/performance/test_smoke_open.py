"""`make bench` beside many open tickets: every section answers. How fast is not asked."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tests.performance.quick import quick_report

SECTIONS = ("overdue", "footprint", "readers")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return quick_report(SECTIONS, tmp_path_factory.mktemp("bench"), shows="overtaken")


@pytest.mark.slow
def test_all_that_was_overdue_is_told_the_oldest_first(report: dict[str, Any]) -> None:
    found = report["overdue"]["polling"]
    assert found["tickets"] == 1000, "none was due before the service was stopped"
    assert 0 < found["first_s"] < found["last_s"]
    assert found["ahead_max_s"] <= 1, "a batch holds 500 tickets, the due instants of half a second"


@pytest.mark.slow
def test_open_tickets_are_weighed_where_they_lie(report: dict[str, Any]) -> None:
    found = report["footprint"]
    assert found["open_tickets"] == 1000
    assert 1000 < found["facts"] < 3000
    assert all(size > 0 for size in found["disk_bytes_per_ticket"].values())
    assert found["ready_s"].keys() == {"empty", "full"}


@pytest.mark.slow
def test_every_reader_is_answered(report: dict[str, Any]) -> None:
    found = report["readers"]
    for reading in (*found["paced"], found["greedy"]):
        assert reading["failed"] == 0
        assert reading["count"] > 100
        assert 0 < reading["p50_ms"] <= reading["p99_ms"]
        assert math.isfinite(reading["cpu_us_per_answer"]["total"])
