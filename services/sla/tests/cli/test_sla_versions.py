"""`slaclock sla list|versions|diff|retire` on the real service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from slaclock.testing.commands import Command


async def test_versions_are_listed_compared_and_retired(
    command: Command, gold: dict[str, Any], tmp_path: Path
) -> None:
    # given
    assert "publish one with" in (await command("sla", "list")).out
    file = tmp_path / "gold.json"
    for minutes in (240, 300):
        gold["targets"] = [{"metric": "resolution", "minutes": minutes, "calendar": "24x7"}]
        file.write_text(json.dumps(gold), encoding="utf-8")
        assert (await command("publish", "sla", file, "--note", f"[b]{minutes}")).code == 0

    # then
    (one,) = (await command("sla", "list", "--json")).json["items"]
    assert (one["sla_id"], one["latest_version"]) == ("gold", 2)
    shown = await command("sla", "versions", "gold")
    assert "[b]300" in shown.out
    changed = await command("sla", "diff", "gold", "1", "2")
    assert (changed.code, changed.out.count("\n")) == (1, 1)
    assert "minutes 240 becomes 300" in changed.out
    same = await command("sla", "diff", "gold", "2", "2")
    assert (same.code, same.out) == (0, "They say the same.\n")

    # when
    done = await command("sla", "retire", "gold", "2")

    # then
    assert (done.code, done.out) == (0, "gold version 2 is retired.\n")
    assert "retired" in (await command("sla", "list")).out
    assert (await command("sla", "retire", "gold", "9")).code == 4
    assert (await command("sla", "diff", "none", "1", "2")).code == 4
