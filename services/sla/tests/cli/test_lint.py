"""`slaclock lint` on the real service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from slaclock.testing.commands import Command

EXAMPLES = Path(__file__).parents[4] / "examples"


async def test_a_file_is_judged_and_nothing_is_kept(
    command: Command, gold: dict[str, Any], tmp_path: Path
) -> None:
    good = await command("lint", EXAMPLES / "sla-every-key.json", "--json")
    assert (good.code, good.json["errors"]) == (0, 0), good.out
    assert good.json["warnings"] > 0

    file = tmp_path / "gold.json"
    gold["targets"].append({"metric": "first_response", "minutes": 300, "calendar": "24x7"})
    gold["calendars"]["uk"] = {"calendar_id": "uk", "version": 1}
    gold["nonsense"] = 1
    file.write_text(json.dumps(gold), encoding="utf-8")
    bad = await command("lint", file)
    assert bad.code == 1, bad.err
    for code in ("sla.calendar-unknown", "sla.field-unknown"):
        assert code in bad.out
    assert "errors" in bad.err
    assert (await command("lint", file, "--json")).json["publishable"] is False
    assert (await command("publish", "sla", file)).code == 2
