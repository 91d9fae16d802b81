"""A ServiceNow log goes through the bus into clocks, and comes out as verdicts."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from tests.importing.conftest import Clocks

from slaclock.business_time import BusinessCalendar
from slaclock.cli.importing.csv_file import CsvFile
from slaclock.cli.importing.publishing import Flow
from slaclock.cli.importing.servicenow_rows import REQUIRED, Row
from slaclock.cli.importing.sources import ServiceNowLog

SMALL = Path(__file__).parent / "incidents.csv"
SLA = {
    "schema": "slaclock.sla/1",
    "sla_id": "small",
    "targets": [
        {"metric": "first_response", "priority": None, "minutes": 30, "calendar": "24x7"},
        {"metric": "resolution", "priority": "P1", "minutes": 60, "calendar": "24x7"},
        {"metric": "resolution", "priority": None, "minutes": 1440, "calendar": "24x7"},
    ],
    "pause": {"resolution": ["waiting_on_customer"]},
}
EXPECTED = {
    "rows": 19,
    "incidents": 6,
    "facts": 27,
    "duplicates": 0,
    "parked": 0,
    "clocks": 12,
    "met": 8,
    "breached": 3,
    "pending": 1,
    "cancelled": 0,
    "by_priority": {"P1": {"met": 3, "breached": 1}, "P3": {"met": 5, "breached": 2}},
    "made_sla": {"agree": 3, "we_breached_only": 1, "they_breached_only": 1},
    "made_sla_undecided": 1,
    "repeated_hour": 0,
    "skipped_hour": 0,
}
INCIDENTS = [f"INC{number}" for number in range(1, 7)]


def log(path: Path = SMALL, timezone: str = "UTC") -> ServiceNowLog:
    return ServiceNowLog(CsvFile.read(path, required=REQUIRED), timezone)


def without_time(statuses: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What does not change while an unfinished clock runs on or stands still."""
    volatile = {"as_of", "wall_remaining_seconds"}
    return [
        {key: value for key, value in status.items() if key not in volatile}
        | {
            "clocks": [
                {key: value for key, value in clock.items() if key not in volatile}
                for clock in status["clocks"]
            ]
        }
        for status in statuses
    ]


async def test_verdicts_of_a_small_log(clocks: Clocks) -> None:
    await clocks.follow(SLA)
    summary = await clocks.import_all(log(), run_id="run-1")
    rejected = [(one["line"], one["field"]) for one in summary.pop("rejected")]
    assert rejected == [(4, "priority"), (20, "incident_state"), (20, "sys_updated_at")]
    assert summary == EXPECTED


async def test_importing_twice_changes_nothing(clocks: Clocks) -> None:
    await clocks.follow(SLA)
    first = await clocks.import_all(log(), run_id="run-1")
    before = without_time(await clocks.asking.statuses(INCIDENTS))
    second = await clocks.import_all(log(), run_id="run-2")
    after = without_time(await clocks.asking.statuses(INCIDENTS))
    assert json.dumps(before) == json.dumps(after)
    assert second == first | {"duplicates": first["facts"]}


async def test_the_size_of_windows_does_not_matter(clocks: Clocks) -> None:
    await clocks.follow(SLA)
    summary = await clocks.import_all(log(), run_id="run-1", flow=Flow(window=7, lead=7))
    del summary["rejected"]
    assert summary == EXPECTED


async def test_the_zone_decides_what_the_times_mean(clocks: Clocks) -> None:
    await clocks.follow(SLA)
    await clocks.import_all(log(timezone="America/Sao_Paulo"), run_id="run-1")
    (status,) = await clocks.asking.statuses(["INC1"])
    assert {clock["started_at"] for clock in status["clocks"]} == {"2016-02-01T12:00:00Z"}


async def test_what_contradicts_an_earlier_import_is_set_aside_and_counted(
    clocks: Clocks,
) -> None:
    await clocks.follow(SLA)
    first = await clocks.import_all(log(), run_id="run-1")
    shifted = await clocks.import_all(log(timezone="Asia/Tokyo"), run_id="run-2")
    assert (shifted["parked"], shifted["duplicates"]) == (first["facts"], 0)
    assert shifted["by_priority"] == first["by_priority"]


async def test_without_an_sla_there_are_tickets_and_no_clocks(clocks: Clocks) -> None:
    summary = await clocks.import_all(log(), run_id="run-1")
    assert (summary["incidents"], summary["clocks"], summary["made_sla_undecided"]) == (6, 0, 6)


@pytest.mark.servicenow
async def test_the_real_log(clocks: Clocks, example_sla: dict[str, Any]) -> None:
    path = Path(os.environ["SLACLOCK_SERVICENOW_CSV"])
    await clocks.follow(example_sla)
    real = log(path, "America/Sao_Paulo")
    first = await clocks.import_all(real, run_id="run-1")
    incidents = sorted({row.number for row in real.rows() if isinstance(row, Row)})
    before = without_time(await clocks.asking.statuses(incidents))
    second = await clocks.import_all(real, run_id="run-2")
    after = without_time(await clocks.asking.statuses(incidents))

    assert (first["rows"], first["incidents"], first["rejected"]) == (3019, 445, [])
    assert (first["clocks"], first["pending"], first["parked"]) == (890, 0, 0)
    assert first["made_sla"] == verdicts_by_hand(real, example_sla)
    assert second == first | {"duplicates": first["facts"]}
    assert json.dumps(before) == json.dumps(after)

    in_force = breaches_by_hand(real, example_sla)
    for other in (around_the_clock(example_sla), from_nine(example_sla)):
        found = await clocks.simulate(other)
        assert (found["tickets"]["simulated"], found["tickets"]["faulted"]) == (445, 0)
        (resolution,) = [one for one in found["metrics"] if one["metric"] == "resolution"]
        simulated = breaches_by_hand(real, other)
        assert resolution["in_force"]["breached"] == len(in_force)
        assert resolution["simulated"]["breached"] == len(simulated)
        differing = {"newly_breached": simulated - in_force, "newly_met": in_force - simulated}
        assert differing["newly_breached"] | differing["newly_met"]
        for difference, expected in differing.items():
            assert expected == {
                one["ticket_id"]
                for one in found["examples"]
                if (one["metric"], one["difference"]) == ("resolution", difference)
            }


def around_the_clock(sla: dict[str, Any]) -> dict[str, Any]:
    targets = [{**target, "calendar": "24x7"} for target in sla["targets"]]
    return {**sla, "targets": targets}


def from_nine(sla: dict[str, Any]) -> dict[str, Any]:
    office = sla["calendars"]["office"]
    windows = [{**window, "start": "09:00"} for window in office["windows"]]
    return {**sla, "calendars": {"office": {**office, "windows": windows}}}


def breaches_by_hand(real: ServiceNowLog, sla: dict[str, Any]) -> set[str]:
    """Incidents whose resolution takes too long, computed without facts, bus or clocks."""
    return {number for number, (ours, _) in by_hand(real, sla).items() if not ours}


def verdicts_by_hand(real: ServiceNowLog, sla: dict[str, Any]) -> dict[str, int]:
    """The comparison with `made_sla`, computed in the same way."""
    counted: Counter[str] = Counter()
    for ours, theirs in by_hand(real, sla).values():
        kind = "they_breached_only" if ours else "we_breached_only"
        counted["agree" if ours == theirs else kind] += 1
    return dict(counted)


def by_hand(real: ServiceNowLog, sla: dict[str, Any]) -> dict[str, tuple[bool, bool | None]]:
    """Whether each incident was in time, as we see it and as ServiceNow does."""
    office = BusinessCalendar.from_snapshot(sla["calendars"]["office"])
    targets = {
        target["priority"]: target for target in sla["targets"] if target["metric"] == "resolution"
    }
    rows = [row for row in real.rows() if isinstance(row, Row)]
    verdicts: dict[str, tuple[bool, bool | None]] = {}
    for number, found in groupby(sorted(rows, key=lambda row: row.number), lambda row: row.number):
        changes = list(found)
        target = targets.get(changes[-1].priority, targets[None])
        spent, since = timedelta(), changes[0].opened.at
        state = "New"
        for row in changes:
            at = max(row.updated.at, changes[0].opened.at)
            if state not in {"Resolved", "Closed"}:
                always = target["calendar"] == "24x7"
                spent += at - since if always else office.elapsed(since, at)
            state, since = row.state, at
        verdicts[number] = spent <= timedelta(minutes=target["minutes"]), changes[-1].made_sla
    return verdicts
