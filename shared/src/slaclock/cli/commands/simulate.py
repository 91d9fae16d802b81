"""`slaclock simulate`: what tickets would have come to under another SLA or calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from slaclock.auth.roles import Role
from slaclock.cli.exits import NotReachable
from slaclock.cli.files import read_json
from slaclock.cli.importing.facts import BadFile
from slaclock.cli.output import AsJson, emit, note, notes
from slaclock.cli.platform import ForTenant, Platform
from slaclock.cli.simulation_page import simulation_page
from slaclock.contracts.instants import MalformedInstantError, parse_instant, rfc3339

__all__ = ["register"]

_PATH: Final = "/ticket-clock/v1/simulations"
_PATIENCE: Final = 120.0
"""Seconds between two lines of the answer."""


class Scope(StrEnum):
    """Which tickets."""

    BOUND = "bound"
    ALL = "all"


class By(StrEnum):
    """What the figures are told apart by."""

    PRIORITY = "priority"
    CUSTOMER = "customer"


SlaFile = Annotated[Path | None, typer.Option("--sla", help="An SLA file.")]
CalendarFile = Annotated[
    Path | None, typer.Option("--calendar", help="A calendar's file, with its calendar_id.")
]
SnapshotFile = Annotated[
    Path | None, typer.Option("--snapshot", help="A sealed snapshot; asks no other service.")
]
SlaId = Annotated[str | None, typer.Option("--sla-id", help="A published SLA.")]
CalendarId = Annotated[str | None, typer.Option("--calendar-id", help="A published calendar.")]
Number = Annotated[
    int | None, typer.Option("--version", min=1, help="Of the id; the newest if omitted.")
]
OfDraft = Annotated[bool, typer.Option("--draft", help="The draft of the id.")]
Begin = Annotated[
    str,
    typer.Option(
        "--from", help="Tickets opened since; a date (midnight UTC) or an instant (RFC 3339)."
    ),
]
End = Annotated[str, typer.Option("--to", help="Tickets opened before; written like --from.")]
InScope = Annotated[
    Scope,
    typer.Option(
        "--scope",
        help="bound: tickets bound to that SLA or calendar (all, if there is none); all: all.",
    ),
]
ToldBy = Annotated[By, typer.Option("--by", help="What the tables tell apart.")]
Examples = Annotated[
    int, typer.Option("--examples", min=0, max=1000, help="Tickets shown that come out otherwise.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(simulate)


def simulate(  # noqa: PLR0913 - one parameter for each option
    *,
    sla: SlaFile = None,
    calendar: CalendarFile = None,
    snapshot: SnapshotFile = None,
    sla_id: SlaId = None,
    calendar_id: CalendarId = None,
    version: Number = None,
    draft: OfDraft = False,
    begin: Begin,
    end: End,
    scope: InScope = Scope.BOUND,
    by: ToldBy = By.PRIORITY,
    examples: Examples = 10,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Judge past tickets by another SLA or calendar, beside what they came to; changes nothing."""
    files = {"sla": sla, "calendar": calendar, "snapshot": snapshot}
    ids = {"sla": sla_id, "calendar": calendar_id}
    body = {
        **_candidate(files, ids, version, draft=draft),
        "from": _instant(begin, "--from"),
        "to": _instant(end, "--to"),
        "scope": scope.value,
        "examples": examples,
    }
    platform = Platform.find(Role.MANAGER, tenant=tenant)
    found = _simulated(platform, body)
    for one in found["findings"]:
        where = one["path"] or "the file"
        note(f"{one['severity']}: {where}: {one['message']}; {one['remedy']}")
    emit(found, as_json=as_json, render=partial(simulation_page, by=by.value))


def _candidate(
    files: Mapping[str, Path | None],
    ids: Mapping[str, str | None],
    version: int | None,
    *,
    draft: bool,
) -> dict[str, Any]:
    """What is to be tried, as the platform asks for it."""
    given: dict[str, Any] = {name: _read(path) for name, path in files.items() if path is not None}
    for kind, named in ids.items():
        if named is not None:
            more = {} if version is None else {"version": version}
            more |= {"draft": True} if draft else {}
            given[f"{kind}-id"] = {f"{kind}_id": named, **more}
    options = "--sla, --calendar, --snapshot, --sla-id, --calendar-id"
    if len(given) != 1:
        raise typer.BadParameter(f"say one of {options}, not {' and '.join(given) or 'none'}")
    ((name, said),) = given.items()
    if name in files and (draft or version is not None):
        raise typer.BadParameter("--version and --draft go with --sla-id and --calendar-id")
    return {name.removesuffix("-id"): said}


def _read(file: Path) -> Mapping[str, Any]:
    document = read_json(file)
    if not isinstance(document, dict):
        raise BadFile(f"{file} must be a JSON object; give a file that can be published")
    return document


def _instant(text: str, option: str) -> str:
    """An instant as it is, a date as its midnight in UTC."""
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-03-01") else None
        if day is not None:
            text = datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat()
        return rfc3339(parse_instant(text))
    except (MalformedInstantError, ValueError) as error:
        said = error if isinstance(error, MalformedInstantError) else "not a date"
        raise typer.BadParameter(
            f"{text!r} is {said}; write it like 2026-03-01 (midnight UTC) or 2026-03-01T09:00:00Z",
            param_hint=option,
        ) from error


def _simulated(platform: Platform, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result; a bar on stderr meanwhile."""
    with _bar() as bar, closing(platform.lines(_PATH, body, timeout=_PATIENCE)) as lines:
        for line in lines:
            if "result" in line:
                result: Mapping[str, Any] = line["result"]
                return result
            progress = line.get("progress", {})
            if bar is not None and progress:
                bar.update(bar.task_ids[0], completed=progress["done"], total=progress["of"])
    raise NotReachable(f"{platform.url} ended its answer before the result; try again")


@contextmanager
def _bar() -> Iterator[Progress | None]:
    """A progress bar; None where stderr is no terminal."""
    console = notes()
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        bar.add_task("simulating", total=None)
        yield bar
