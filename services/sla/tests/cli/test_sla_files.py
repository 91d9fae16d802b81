"""`slaclock sla import-...` on the real service."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from slaclock.testing.commands import Command

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs" / "how-to" / "import-sla-policies.md"
ZENDESK = ROOT / "examples" / "policies" / "zendesk.json"
ALGA = ROOT / "examples" / "policies" / "alga.json"


async def test_the_itil_set_is_published_and_becomes_the_map(command: Command) -> None:
    shown = await command("sla", "itil-default", "--timezone", "Europe/London", "--preview")
    assert shown.code == 0, shown.err
    assert "are minutes of business hours" in shown.out
    assert "itil-standard: no draft is written, no faults" in shown.out
    assert "  sla_policy_targets P3 resolution_time_minutes 1440: are minutes of" in shown.out
    assert all(len(line) < 300 and line == line.rstrip() for line in shown.out.splitlines())
    done = await command("sla", "itil-default", "--publish", "--assign", "--json")
    assert done.code == 0, done.err
    assert done.json["published"][0]["version"] == 1
    assert [one["kind"] for one in done.json["assigned"]] == ["status_map"]


async def test_policies_come_in_with_what_was_left_out(command: Command) -> None:
    shown = await command("sla", "import-alga", ALGA, "--preview")
    assert shown.code == 1, "a description has no place"
    assert "all other tickets: managed-services-standard" in shown.out
    assert "Waiting for parts means on_hold" in shown.out
    refused = await command("sla", "import-alga", ALGA, "--publish", "--json")
    assert refused.json["published"] == []
    assert "add --partly" in refused.err
    done = await command("sla", "import-alga", ALGA, "--publish", "--partly", "--assign", "--json")
    assert done.code == 1
    assert [one["version"] for one in done.json["published"]] == [1, 1]
    assert [one["kind"] for one in done.json["assigned"]] == ["status_map", "default", "assignment"]


async def test_zendesk_says_what_it_measures_that_we_do_not(
    command: Command, tmp_path: Path
) -> None:
    shown = await command("sla", "import-zendesk", ZENDESK, "--json")
    assert shown.code == 1
    assert [one["draft"] for one in shown.json["import"]["slas"]] == ["created"] * 3
    metrics = [one for one in shown.json["import"]["told"] if not one["taken"]]
    assert "agent_work_time" in {one["value"] for one in metrics}
    # schedules may come in a file of their own
    whole = json.loads(ZENDESK.read_text(encoding="utf-8"))
    for name in ("schedules", "sla_policies"):
        (tmp_path / f"{name}.json").write_text(json.dumps({name: whole[name]}))
    files = (tmp_path / "sla_policies.json", "--schedules", tmp_path / "schedules.json")
    again = await command("sla", "import-zendesk", *files, "--json")
    assert [one["draft"] for one in again.json["import"]["slas"]] == ["unchanged"] * 3


async def test_bad_input_is_one_line_with_a_remedy(command: Command, tmp_path: Path) -> None:
    await command("sla", "itil-default")
    there = await command("sla", "itil-default", "--timezone", "Asia/Tokyo")
    assert there.code == 2
    assert "publish or discard it" in there.err
    assert "add --replace" in there.err
    assert (await command("sla", "itil-default", "--calendar", "uk")).code == 2
    assert (await command("sla", "itil-default", "--assign")).code == 2
    assert (await command("sla", "itil-default", "--default")).code == 2
    assert (await command("sla", "itil-default", "--preview", "--publish")).code == 2
    assert (await command("sla", "import-alga", tmp_path)).code == 2
    assert (await command("sla", "import-alga", tmp_path / "none.json")).code == 2


async def test_the_page_says_what_happens(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    shown = re.search(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert shown
    for line in shown[1].splitlines():
        words = shlex.split(line, comments=True)
        done = await command(*words[1:])
        assert done.code == (1 if "exit 1" in line else 0), f"{line}: {done.err}"


async def test_an_export_is_checked_as_it_comes(command: Command, tmp_path: Path) -> None:
    await command("sla", "itil-default", "--publish", "--default", "--assign")
    output = tmp_path / "all.json"
    done = await command("sla", "export", "--output", output, "--json")
    assert (done.code, done.json["wrong"]) == (0, [])
    counts = json.loads(output.read_text(encoding="utf-8"))["counts"]
    assert done.json["counts"] == counts
    assert (counts["versions"], counts["terms"]) == (1, 2)
    shown = await command("sla", "export")
    assert json.loads(shown.out)["schema"] == "slaclock.sla-export/1"
    assert "1 hash verified" in shown.err
    assert (await command("sla", "export", "--json")).code == 2
    assert (await command("sla", "export", "-o", tmp_path)).code == 2


async def test_a_version_goes_out_to_zendesk(command: Command, tmp_path: Path) -> None:
    await command("sla", "itil-default", "--publish")
    output = tmp_path / "policy.json"
    done = await command("sla", "export-zendesk", "itil-standard", "-o", output)
    assert done.code == 1, "P5 and escalations have no place"
    policy = json.loads(output.read_text(encoding="utf-8"))["sla_policy"]
    assert policy["policy_metrics"][0] == {
        "priority": "urgent",
        "metric": "first_reply_time",
        "target": 15,
        "target_in_seconds": 900,
        "business_hours": False,
    }
    assert "targets[8].priority P5 is left out" in done.err
    assert (await command("sla", "export-zendesk", "nothing")).code == 4
