"""`slaclock publish`, against a platform that answers what a test says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slaclock.cli.commands import publish
from slaclock.cli.main import run

SLA_PATH = "/sla/v1/slas/gold%20%2F1/publish"
CALENDAR_PATH = "/calendar/v1/calendars/uk/publish"
ANSWER = {"id": "gold /1", "version": 3, "hash": "a" * 64, "created": True, "bound_contracts": []}
UNKNOWN = {
    "code": "sla.invalid",
    "detail": "1 fault",
    "errors": [
        {
            "field": "calendars.office",
            "value": "uk version 1",
            "message": "has not arrived yet",
            "remedy": "try again in a moment",
            "code": "sla.calendar-unknown",
        }
    ],
}


@pytest.fixture
def sla_file(tmp_path: Path) -> Path:
    path = tmp_path / "gold.json"
    path.write_text(json.dumps({"schema": "slaclock.sla/1", "sla_id": "gold /1"}))
    return path


def test_an_sla_is_published_as_the_default_since_an_instant(
    running: Any, sla_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running.on(SLA_PATH, ANSWER, status=201)
    options = ["--effective-from", "2026-03-01T01:00:00+01:00", "--default", "--json"]
    assert run(["publish", "sla", str(sla_file), *options]) == 0
    (asked,) = running.asked
    assert (asked.key, asked.path) == ("key-admin", SLA_PATH)
    assert asked.body == {
        "sla": {"schema": "slaclock.sla/1", "sla_id": "gold /1"},
        "effective_from": "2026-03-01T00:00:00Z",
        "default": True,
        "note": "",
    }
    assert json.loads(capsys.readouterr().out) == {
        "id": "gold /1",
        "version": 3,
        "hash": "a" * 64,
    }


def test_a_calendar_is_published_and_said_in_one_line(
    running: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"calendar_id": "uk", "timezone": "Europe/London", "windows": []}
    path = tmp_path / "uk.json"
    path.write_text(json.dumps(document))
    running.on(CALENDAR_PATH, {**ANSWER, "id": "uk", "version": 1, "created": False})
    assert run(["publish", "calendar", str(path), "--note", "first"]) == 0
    assert running.asked[0].body == {"calendar": document, "note": "first"}
    said = capsys.readouterr()
    assert said.out.startswith("uk version 1  aaaa")
    assert "published before" in said.err


def test_warnings_of_a_calendar_do_not_get_into_the_answer(
    running: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "uk.json"
    path.write_text(json.dumps({"calendar_id": "uk"}))
    warning = {
        "field": "holidays[0]",
        "value": "2026-02-28",
        "message": "is a closed day",
        "remedy": "remove it if that is not meant",
        "code": "calendar.warning-closed-day",
    }
    again = {**warning, "field": "holidays[7]"}
    running.on(CALENDAR_PATH, {**ANSWER, "id": "uk", "warnings": [warning, again]}, status=201)
    assert run(["publish", "calendar", str(path), "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == {"id": "uk", "version": 3, "hash": "a" * 64}
    assert "warning: holidays[0], holidays[7]: is a closed day; remove it" in said.err
    assert len(said.err.splitlines()) == 1


def test_a_calendar_that_is_on_its_way_is_waited_for(
    running: Any,
    sla_file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publish, "PAUSE", 0.01)
    running.answers[SLA_PATH] = [(422, UNKNOWN), (422, UNKNOWN), (201, ANSWER)]
    assert run(["publish", "sla", str(sla_file)]) == 0
    assert len(running.asked) == 3
    assert capsys.readouterr().err.count("waiting") == 1


def test_a_calendar_that_never_comes_is_a_fault(
    running: Any,
    sla_file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publish, "PATIENCE", 0.0)
    running.on(SLA_PATH, UNKNOWN, status=422)
    assert run(["publish", "sla", str(sla_file)]) == 2
    assert "calendars.office" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        pytest.param("", [], "is empty", id="empty"),
        pytest.param("{", [], "is not JSON", id="no JSON"),
        pytest.param("[]", [], '"sla_id"', id="a list"),
        pytest.param('{"name": "x"}', [], '"sla_id"', id="no id"),
        pytest.param(
            '{"sla_id": "x"}', ["--effective-from", "2026-03-01"], "2026-03-01", id="a date"
        ),
        pytest.param(None, [], "no file", id="no file"),
    ],
)
def test_bad_input_ends_with_2_and_asks_nobody(
    running: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str | None,
    options: list[str],
    said: str,
) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_text(content)
    assert run(["publish", "sla", str(path), *options]) == 2
    assert said in capsys.readouterr().err
    assert running.asked == []


def test_every_fault_is_said(
    running: Any, sla_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faults: list[dict[str, Any]] = [
        {"field": name, "value": 1, "message": "is wrong", "remedy": "mend it", "code": "sla.x"}
        for name in ("targets[0].minutes", "extra")
    ]
    answer = {"code": "sla.invalid", "detail": "2 faults", "errors": faults}
    running.on(SLA_PATH, answer, status=422)
    assert run(["publish", "sla", str(sla_file)]) == 2
    said = capsys.readouterr().err
    assert "targets[0].minutes" in said
    assert "extra" in said


def test_without_a_platform_it_ends_with_3(sla_file: Path) -> None:
    assert run(["publish", "sla", str(sla_file)]) == 3


REACHED = {"tickets": 7, "looked_at": 9, "complete": True, "at": "2026-03-01T00:00:00Z"}
DRY = {
    **ANSWER,
    "dry_run": True,
    "reached": REACHED,
    "changes": [{"words": "target resolution P1: minutes 240 becomes 480"}],
}


def test_the_number_of_open_tickets_is_told_before_the_sla_is_published(
    running: Any, sla_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running.on(SLA_PATH, DRY, {**ANSWER, "reached": REACHED})
    options = ["--default", "--running-tickets", "from_start"]
    assert run(["publish", "sla", str(sla_file), *options]) == 0
    tried, done = running.asked
    assert (tried.body.pop("dry_run"), tried.body) == (True, done.body)
    assert done.body["running_tickets"] == "from_start"
    said = capsys.readouterr()
    assert "it reaches 7 of 9 open tickets" in said.err
    assert said.out.startswith("gold /1 version 3")


def test_a_dry_run_publishes_nothing_and_tells_all(
    running: Any, sla_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running.on(SLA_PATH, DRY)
    assert run(["publish", "sla", str(sla_file), "--default", "--dry-run"]) == 0
    said = capsys.readouterr()
    assert "7 of 9 open tickets" in said.err
    assert "nothing is published" in said.err
    assert "minutes 240 becomes 480" in said.out
    assert "its hash will be another" in said.err
    fixed = ["--effective-from", "2026-03-01T00:00:00Z"]
    assert run(["publish", "sla", str(sla_file), "--dry-run", *fixed]) == 0
    assert "its hash will be another" not in capsys.readouterr().err
    assert run(["publish", "sla", str(sla_file), "--dry-run", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["dry_run"], answer["reached"]) == (True, REACHED)
    assert all(one.body["dry_run"] for one in running.asked)


def test_what_open_tickets_do_needs_a_new_default(
    running: Any, sla_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["publish", "sla", str(sla_file), "--running-tickets", "keep"]) == 2
    assert "--default" in capsys.readouterr().err
    assert running.asked == []


SET = {"set_id": "uk", "holidays": [{"date": "2026-09-04", "name": "Founders' Day"}]}
SET_PATH = "/calendar/v1/holiday-sets/uk/versions"
FOLLOWER = {
    "calendar_id": "desk",
    "version": 3,
    "set_version": 1,
    "pinned": False,
    "would_change": True,
    "differences": [],
    "words": ["adds holiday 2026-09-04 Founders' Day"],
    "faults": [],
}
SET_ANSWER = {
    "id": "uk",
    "version": 2,
    "hash": "b" * 64,
    "created": True,
    "dry_run": True,
    "followers": [FOLLOWER],
}


@pytest.fixture
def set_file(tmp_path: Path) -> Path:
    path = tmp_path / "set.json"
    path.write_text(json.dumps(SET))
    return path


def test_a_set_is_tried_and_its_followers_are_told(
    running: Any, set_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running.on(SET_PATH, SET_ANSWER)
    assert run(["publish", "holiday-set", str(set_file), "--dry-run", "--note", "why"]) == 0
    assert running.asked[0].body == {"set": SET, "note": "why", "dry_run": True}
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        f"uk version 2  {'b' * 64}",
        "if the calendars that use it were published again:",
        "  desk version 3: would change",
        "    adds holiday 2026-09-04 Founders' Day",
    ]
    assert "nothing is published" in said.err


@pytest.mark.parametrize(
    ("differs", "said"),
    [
        pytest.param({"pinned": True}, "stays, as it names version 1 of the set", id="pinned"),
        pytest.param({"would_change": False, "words": []}, "says the same", id="the same"),
        pytest.param({"words": ["[x]"] * 12}, "and 2 more (--json has all)", id="many"),
        pytest.param(
            {
                "would_change": False,
                "words": [],
                "faults": [{"field": "holidays[0]", "message": "is wrong", "remedy": "mend it"}],
            },
            "cannot be published: holidays[0]: is wrong; mend it",
            id="refused",
        ),
    ],
)
def test_what_each_follower_would_do(
    running: Any,
    set_file: Path,
    capsys: pytest.CaptureFixture[str],
    differs: dict[str, Any],
    said: str,
) -> None:
    answer = {**SET_ANSWER, "dry_run": False, "followers": [FOLLOWER | differs]}
    running.on(SET_PATH, answer, status=201)
    assert run(["publish", "holiday-set", str(set_file)]) == 0
    assert running.asked[0].body == {"set": SET, "note": ""}
    assert said in capsys.readouterr().out


def test_a_draft_is_tried_and_published(running: Any, capsys: pytest.CaptureFixture[str]) -> None:
    tried = {**ANSWER, "id": "uk", "dry_run": True, "words": ["opens longer"], "warnings": []}
    running.on(CALENDAR_PATH, tried)
    assert run(["calendar", "publish", "uk", "--dry-run"]) == 0
    assert running.asked[0].body == {"note": "", "dry_run": True}
    assert capsys.readouterr().out.splitlines()[1] == "  opens longer"
    assert run(["calendar", "publish", "uk", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["words"] == ["opens longer"]
    running.on(CALENDAR_PATH, {**ANSWER, "id": "uk"}, status=201)
    assert run(["calendar", "publish", "uk", "--note", "why"]) == 0
    assert running.asked[-1].body == {"note": "why"}
    assert capsys.readouterr().out.startswith("uk version 3  aaaa")


def test_a_file_without_its_id_says_which_key_to_add(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "uk.json"
    path.write_text("{}")
    assert run(["publish", "calendar", str(path)]) == 2
    assert 'such as "calendar_id": "uk-support"' in capsys.readouterr().err
