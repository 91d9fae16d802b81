"""`make bench` works: every section answers, and the figures are figures. How large is not asked."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tests.performance.quick import quick_report

SECTIONS = (
    *("events", "latency", "timers"),
    *("simulation", "kpis", "platform"),
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return quick_report(SECTIONS, tmp_path_factory.mktemp("bench"), shows="ratio")


def figures(value: Any) -> list[float]:
    """Every number in a document."""
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return [number for item in items for number in figures(item)]
    return [value] if isinstance(value, int | float) else []


@pytest.mark.slow
def test_every_figure_is_one(report: dict[str, Any]) -> None:
    numbers = figures(report)
    assert len(numbers) > 60
    assert all(math.isfinite(number) and number >= 0 for number in numbers)


@pytest.mark.slow
def test_service_and_baseline_do_the_same_work(report: dict[str, Any]) -> None:
    """Batches may begin elsewhere, so a ticket's facts may need one revision more or less."""
    events = report["events"]
    one, other = events["service"]["written"], events["baseline"]["written"]
    for what in ("facts", "tickets", "outgoing", "announcements", "parked"):
        assert one[what] == other[what] == events["baseline_with_json"]["written"][what], what
    for what in ("facts", "tickets", "parked"):  # what is told depends on the order of batches
        assert one[what] == events["replicas"]["written"][what], what
    assert one["parked"] == 0
    assert one["facts"] == events["facts"] + 1000, "those of the warm-up as well"
    for what, leeway in (("revisions", 0.3), ("outgoing_bytes", 0.05), ("state_bytes", 0.05)):
        assert one[what] == pytest.approx(other[what], rel=leeway), what
    written = ("revisions", "outgoing_bytes", "state_bytes")
    assert [events["baseline_with_json"]["written"][what] for what in written] == [
        other[what] for what in written
    ], "spelled anew, and the same bytes"
    assert 0 < events["ratio"]["total"] <= events["ratio"]["python"]


@pytest.mark.slow
def test_everybody_is_told(report: dict[str, Any]) -> None:
    waits = report["latency"]
    assert waits["fact_to_event"]["count"] == 500
    assert waits["breach_to_event"]["count"] == 125
    for wait in (waits["fact_to_event"], waits["breach_to_event"]):
        assert 0 < wait["p50_ms"] <= wait["p99_ms"] <= wait["max_ms"]


@pytest.mark.slow
def test_every_backend_wakes_all_that_is_due(report: dict[str, Any]) -> None:
    assert report["timers"]["late"].keys() == {"polling", "jetstream"}
    for waits in report["timers"]["late"].values():
        assert waits["count"] == 250
        assert 0 < waits["p50_ms"] <= waits["p99_ms"]


@pytest.mark.slow
def test_all_tickets_are_simulated_most_of_them_without_the_fold(report: dict[str, Any]) -> None:
    for trial in ("sla", "calendar"):
        found = report["simulation"][trial]
        assert found["by_batch"] + found["by_fold"] == found["tickets"] == 2000
        assert found["by_fold"] < 400
    assert report["simulation"]["folded"]["by_batch"] == 0


@pytest.mark.slow
def test_every_part_of_the_platform_is_weighed(report: dict[str, Any]) -> None:
    services = {"calendar", "sla", "ticket-clock", "escalation", "dashboard"}
    memory = report["platform"]["memory_mib"]
    assert services | {"nats", "postgres"} <= memory.keys()
    assert all(size > 1 for size in memory.values())
