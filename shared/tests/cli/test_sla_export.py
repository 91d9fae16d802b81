"""`slaclock sla export`, against a platform that answers what a test says."""

from __future__ import annotations

from typing import Any

import pytest

from slaclock.cli.main import run
from slaclock.contracts.canonical import content_hash

SNAPSHOT = {"sla_id": "gold", "targets": []}
RIGHT = {"sla_id": "gold", "version": 1, "hash": content_hash(SNAPSHOT), "snapshot": SNAPSHOT}


@pytest.mark.parametrize(
    ("version", "code"),
    [
        pytest.param(RIGHT, 0, id="as it was published"),
        pytest.param({**RIGHT, "hash": "0" * 64}, 1, id="another hash"),
        pytest.param({**RIGHT, "snapshot": None}, 1, id="tampered with in the database"),
    ],
)
def test_each_snapshot_is_what_its_hash_names(
    running: Any, capsys: pytest.CaptureFixture[str], version: dict[str, Any], code: int
) -> None:
    slas = [{"sla_id": "gold", "draft": None, "versions": [version]}]
    running.on("/sla/v1/export", {"slas": slas, "counts": {"slas": 1, "versions": 1}})
    assert run(["sla", "export"]) == code
    said = capsys.readouterr()
    assert ("gold version 1: the snapshot is not" in said.err) == bool(code)


def test_an_export_that_was_cut_off_is_none(
    running: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    running.on("/sla/v1/export", {"slas": []})
    assert run(["sla", "export"]) == 70
    assert "ask again" in capsys.readouterr().err


def test_the_newest_version_in_use_is_found_behind_any_number_of_retired_ones(
    running: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    slas = "/sla/v1/slas/gold"
    running.on(
        f"{slas}/versions",
        {"items": [{"version": 9, "status": "retired"}], "next": "further"},
        {"items": [{"version": 8, "status": "published"}], "next": None},
    )
    running.on(f"{slas}/versions/8/zendesk", {"sla_policy": {"title": "Gold"}, "told": []})
    assert run(["sla", "export-zendesk", "gold"]) == 0
    assert '"Gold"' in capsys.readouterr().out
