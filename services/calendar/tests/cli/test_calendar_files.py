"""`slaclock calendar import|export` on the real service."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import icalendar
import pytest

FILES = Path(__file__).parents[1] / "formats" / "files"
ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs" / "how-to" / "import-calendars.md"
HOLIDAYS = ROOT / "docs" / "how-to" / "holidays.md"
WINDOWS = [{"weekday": day, "start": "09:00", "end": "17:00"} for day in range(5)]


@pytest.fixture
def uk(tmp_path: Path) -> Path:
    path = tmp_path / "uk.json"
    document = {"calendar_id": "uk", "timezone": "Europe/London", "windows": WINDOWS}
    path.write_text(json.dumps(document))
    return path


async def test_holidays_of_a_file_come_into_a_calendar(command: Any, uk: Path) -> None:
    assert (await command("publish", "calendar", uk)).code == 0
    arguments = ("calendar", "import", FILES / "gov-uk.ics", "--format", "icalendar")
    shown = await command(*arguments, "--calendar", "uk", "--preview")
    assert shown.code == 0, shown.err
    assert "2026-04-03" in shown.out
    assert "Good Friday" in shown.out
    done = await command(*arguments, "--calendar", "uk", "--publish", "--json")
    assert done.code == 0, done.err
    assert done.json["drafts"][0]["holidays"] == 4
    assert done.json["published"][0]["version"] == 2
    at = ("2026-04-02T15:30:00Z", "60")
    assert "2026-04-07T08:30:00Z" in (await command("calendar", "add", "uk", *at)).out


async def test_a_preview_writes_nothing(command: Any) -> None:
    shown = await command(
        "calendar", "import", FILES / "google-us.ics", "--format", "icalendar", "--preview"
    )
    assert shown.code == 0, shown.err
    assert "every 12-24" in shown.out
    assert "TRANSPARENT" in shown.out
    assert (await command("calendar", "list", "--json")).json == {"items": []}


async def test_alga_comes_in_with_what_was_left_out(command: Any) -> None:
    arguments = ("calendar", "import", FILES / "alga", "--format", "alga")
    draft = await command(*arguments, "--json")
    assert draft.code == 1, "something was left out"
    assert [one["calendar_id"] for one in draft.json["drafts"]] == [
        "standard-hours",
        "round-the-clock",
    ]
    again = await command(*arguments)
    assert again.code == 2
    assert "add --replace" in again.err
    refused = await command(*arguments, "--replace", "--publish")
    assert refused.code == 1
    assert "add --partly" in refused.err
    assert "never opens" in refused.out
    done = await command(*arguments, "--replace", "--publish", "--partly", "--json")
    assert done.code == 1
    assert [one["version"] for one in done.json["published"]] == [1, 1]
    assert done.json["sets"] == [{"set_id": "alga-holidays", "version": 1}]


async def test_zendesk_there_and_back(command: Any, tmp_path: Path) -> None:
    file = FILES / "zendesk-schedules.json"
    done = await command("calendar", "import", file, "--format", "zendesk", "--publish", "--partly")
    assert done.code == 1
    assert "Broken" not in done.out.partition("what is wrong")[0]
    output = tmp_path / "out.json"
    out = await command(
        "calendar", "export", "us-canada", "--format", "zendesk", "--output", output, "--json"
    )
    assert (out.code, out.json["findings"]) == (0, [])
    back = json.loads(output.read_text())
    assert back["schedule"]["time_zone"] == "Pacific Time (US & Canada)"
    again = await command("calendar", "import", output, "--format", "zendesk", "--preview")
    assert again.code == 0


async def test_a_version_goes_out_to_stdout(command: Any, uk: Path) -> None:
    await command("publish", "calendar", uk)
    ics = await command("calendar", "export", "uk", "--format", "icalendar")
    assert ics.code == 0, ics.err
    assert len(icalendar.Calendar.from_ical(ics.out).walk("VEVENT")) == 5
    snapshot = await command("calendar", "export", "uk", "--format", "json", "--version", "1")
    assert snapshot.json["zone"]["name"] == "Europe/London"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(["import", "x.ics"], 2, "format", id="no format"),
        pytest.param(
            ["import", FILES / "gov-uk.ics", "--format", "icalendar"], 2, "Europe/London",
            id="no zone",
        ),
        pytest.param(
            ["import", FILES / "google-us.ics", "--format", "icalendar"], 2, "--calendar",
            id="no calendar",
        ),
        pytest.param(
            ["import", FILES / "zendesk-schedules.json", "--format", "zendesk", "--calendar", "x"],
            2, "leave it out", id="one id for two calendars",
        ),
        pytest.param(
            ["import", "/nowhere.ics", "--format", "icalendar"], 2, "nowhere.ics", id="no file"
        ),
        pytest.param(
            ["import", FILES, "--format", "alga"], 2, "holidays.csv", id="a folder without tables"
        ),
        pytest.param(
            ["import", FILES / "gov-uk.ics", "--format", "alga"], 2, "not JSON", id="no JSON"
        ),
        pytest.param(["export", "none", "--format", "icalendar"], 4, "none", id="no calendar there"),
        pytest.param(
            ["export", "uk", "--format", "zendesk", "--draft"], 2, "--draft", id="a draft for zendesk"
        ),
        pytest.param(["export", "uk", "--format", "json", "--json"], 2, "--output", id="two on stdout"),
    ],
)  # fmt: skip
async def test_one_line_says_what_to_do(
    command: Any, arguments: list[object], code: int, said: str
) -> None:
    ran = await command("calendar", *arguments)
    assert ran.code == code, ran.err
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


async def test_a_file_that_is_too_large_is_not_sent(command: Any, tmp_path: Path) -> None:
    large = tmp_path / "large.ics"
    with large.open("wb") as file:
        file.truncate(50_000_000)
    ran = await command("calendar", "import", large, "--format", "icalendar", "--preview")
    assert ran.code == 2
    assert "50000000 bytes" in ran.err


async def test_the_page_runs_from_top_to_bottom(
    command: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every command of the how-to ends as it says: `# exit 1` where it finds something."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    lines = [line for line in block.replace("\\\n", " ").splitlines() if line.strip()]
    assert len(lines) >= 6
    for line in lines:
        text, _, remark = line.partition("#")
        program, *arguments = shlex.split(text)
        assert program == "slaclock"
        ran = await command(*arguments)
        assert ran.code == (1 if "exit 1" in remark else 0), (line, ran)


async def test_the_page_on_holidays_publishes_what_it_shows(
    command: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    page = HOLIDAYS.read_text("utf-8")
    (tmp_path / "uk-support.json").write_text(re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0])
    (block,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    for line in block.splitlines():
        ran = await command(*shlex.split(line.partition("#")[0])[1:])
        assert ran.code == 0, (line, ran)
    assert (await command("publish", "calendar", "uk-support.json")).code == 0
    again = json.loads((ROOT / "examples/holiday-sets/england-and-wales.json").read_bytes())
    again["holidays"].append({"date": "2026-06-08", "name": "A wedding"})
    (tmp_path / "set.json").write_text(json.dumps(again))
    told = await command("publish", "holiday-set", "set.json")
    assert "uk-support version 1: would change" in told.out
    assert "adds holiday 2026-06-08 A wedding" in told.out


async def test_holidays_of_a_new_calendar_wait_for_its_windows(command: Any) -> None:
    file = FILES / "gov-uk.ics"
    zone = ("--timezone", "Europe/London", "--calendar", "new")
    done = await command("calendar", "import", file, "--format", "icalendar", *zone)
    assert done.code == 0, done.err
    assert "1 fault; correct it before it is published" in done.out
    assert "windows: never open" in done.out
    assert (await command("calendar", "publish", "new")).code == 2
