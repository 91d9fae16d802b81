"""Snapshots that come with the question are read strictly, and nobody else is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from slaclock.contracts.canonical import content_hash

from ...desk import sla
from .simulating import GOLD, MARCH, OFFICE, Seals, Told, faults


def spoilt(**more: Any) -> dict[str, Any]:
    return {**sla("gold", minutes=60), **more}


@pytest.mark.parametrize("document", [pytest.param(GOLD, id="SLA"), pytest.param(OFFICE, id="cal")])
async def test_a_sealed_snapshot_needs_nobody(
    ask: Callable[..., Any], seals: Seals, simulator: Told, document: dict[str, Any]
) -> None:
    digest = content_hash(document)
    answer = await ask({"snapshot": document, "hash": digest, **MARCH})
    assert answer.status_code == 200, answer.text
    assert seals.asked == []
    assert answer.json()["candidate"]["version"] == document["version"]
    assert simulator.questions[0].candidate.digest == digest


@pytest.mark.parametrize(
    ("snapshot", "fields"),
    [
        pytest.param({}, {"snapshot.schema"}, id="nothing"),
        pytest.param({**GOLD, "schema": "x"}, {"snapshot.schema"}, id="another schema"),
        pytest.param(spoilt(version=0), {"snapshot.version"}, id="version 0"),
        pytest.param(spoilt(targets=[]), {"snapshot.targets"}, id="no targets"),
        pytest.param(
            spoilt(targets=[{"metric": "x", "minutes": 10**15, "calendar": "24x7"}]),
            {"snapshot.targets[0].metric", "snapshot.targets[0].minutes"},
            id="an unknown metric, and beyond all time",
        ),
        pytest.param(
            spoilt(targets=[{"metric": "resolution", "minutes": 5, "calendar": "moon"}]),
            {"snapshot.targets[0].calendar"},
            id="a calendar that is not there",
        ),
        pytest.param(
            spoilt(calendars={}, calendar_snapshots={"a" * 64: {"timezone": "UTC"}}),
            {f"snapshot.calendar_snapshots.{'a' * 64}"},
            id="a calendar under a false hash",
        ),
        pytest.param(
            spoilt(calendars={"x": {"hash": "b" * 64}}),
            {"snapshot.calendars.x.hash"},
            id="a hash of nothing",
        ),
        pytest.param(spoilt(reopen={"resolution": "x"}), {"snapshot.reopen.resolution"}, id="rule"),
        pytest.param(
            spoilt(metrics={"resolution": {"starts": ["now"]}}),
            {"snapshot.metrics.resolution.starts[0]", "snapshot.metrics.resolution.fulfils"},
            id="what begins a clock",
        ),
        pytest.param(spoilt(agreement_type="x"), {"snapshot.agreement_type"}, id="a type"),
        pytest.param(spoilt(agreement_type="ola"), {"snapshot.group"}, id="an OLA of nobody"),
        pytest.param({**OFFICE, "calendar_id": 5}, {"snapshot.calendar_id"}, id="a calendar's id"),
    ],
)
async def test_snapshots_are_read_strictly(
    ask: Callable[..., Any], snapshot: dict[str, Any], fields: set[str]
) -> None:
    answer = await ask({"snapshot": snapshot, **MARCH})
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "simulation.snapshot-unusable"
    assert faults(answer) == fields


async def test_a_snapshot_that_would_take_all_memory_is_refused(
    ask: Callable[..., Any], simulator: Told
) -> None:
    minutes = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]
    windows = [
        {"weekday": day, "start": start, "end": end}
        for day in range(7)
        for start, end in zip(minutes[::20], minutes[1::20], strict=True)
    ]
    fine = [{"timezone": "UTC", "calendar_id": name, "windows": windows} for name in ("a", "b")]
    snapshot = spoilt(calendars={}, calendar_snapshots={content_hash(one): one for one in fine})
    answer = await ask({"snapshot": snapshot, **MARCH})
    assert (answer.status_code, answer.json()["code"]) == (422, "simulation.too-fine")
    assert simulator.questions == []


async def test_a_snapshot_with_another_hash_is_refused(ask: Callable[..., Any]) -> None:
    answer = await ask({"snapshot": GOLD, "hash": "c" * 64, **MARCH})
    assert (answer.status_code, answer.json()["code"]) == (422, "simulation.snapshot-unusable")
    assert faults(answer) == {"hash"}
