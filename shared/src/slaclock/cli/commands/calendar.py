"""`slaclock calendar ...`: look at calendars, compute with them, take versions out of use."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from slaclock.auth.roles import Role
from slaclock.cli import calendar_page as page
from slaclock.cli.calendar_routes import BASE, calendar_path, every, newest_version
from slaclock.cli.commands import calendar_files, publish
from slaclock.cli.exits import Findings
from slaclock.cli.output import AsJson, emit, notes
from slaclock.cli.platform import ForTenant, Platform
from slaclock.contracts.instants import MalformedInstantError, parse_instant, rfc3339

__all__ = ["register"]

_PATIENCE: Final = 120.0

CalendarId = Annotated[str, typer.Argument(help="The calendar's id.", show_default=False)]
Start = Annotated[
    str, typer.Argument(help="An instant with its offset (RFC 3339).", show_default=False)
]
OfVersion = Annotated[
    int | None, typer.Option("--version", help="The newest published one if omitted.")
]
OfDraft = Annotated[bool, typer.Option("--draft", help="Compute with the draft.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Business calendars, and time computed in them.")
    group.command("list")(list_calendars)
    for command in (show, versions, diff, elapsed, explain, retire, impact):
        group.command(command.__name__)(command)
    # "-90" is an amount, not an option.
    group.command("add", context_settings={"ignore_unknown_options": True})(add)
    publish.add_to(group)
    calendar_files.add_to(group)
    app.add_typer(group, name="calendar")


def list_calendars(*, tenant: ForTenant = None, as_json: AsJson = False) -> None:
    """Show every calendar with its newest version."""
    platform = Platform.find(Role.VIEWER, tenant=tenant)
    items = list(every(platform, f"{BASE}/calendars"))
    emit({"items": items}, as_json=as_json, render=page.calendars)


def show(
    calendar_id: CalendarId,
    *,
    version: OfVersion = None,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Show what a version opens and closes; with --json its snapshot."""
    platform = Platform.find(Role.VIEWER, tenant=tenant)
    path = calendar_path(calendar_id)
    number = version or newest_version(platform, calendar_id)
    snapshot = platform.get(f"{path}/versions/{number}/snapshot")
    if as_json:
        emit(snapshot, as_json=True)
        return
    known = platform.get(f"{path}/versions/{number}")
    emit({"version": known, "snapshot": snapshot}, as_json=False, render=page.version)


def versions(calendar_id: CalendarId, *, tenant: ForTenant = None, as_json: AsJson = False) -> None:
    """Show all versions of a calendar, the newest first."""
    platform = Platform.find(Role.VIEWER, tenant=tenant)
    items = list(every(platform, f"{calendar_path(calendar_id)}/versions"))
    emit({"items": items}, as_json=as_json, render=page.versions)


def diff(
    calendar_id: CalendarId,
    before: Annotated[int, typer.Argument(help="A version.", min=1, show_default=False)],
    after: Annotated[int, typer.Argument(help="Another one.", min=1, show_default=False)],
    *,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Show what changes from one version to another; exit 1 if something does."""
    platform = Platform.find(Role.VIEWER, tenant=tenant)
    found = platform.get(f"{calendar_path(calendar_id)}/versions/{before}/differences/{after}")
    emit(found, as_json=as_json, render=page.differences)
    if found["differences"]:
        raise Findings


def add(  # noqa: PLR0913 - one parameter for each option
    calendar_id: CalendarId,
    start: Start,
    minutes: Annotated[
        int, typer.Argument(help="Business minutes; may be negative.", show_default=False)
    ],
    *,
    version: OfVersion = None,
    draft: OfDraft = False,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Print the instant that business minutes lead to."""
    query = {"start": _instant("START", start), "minutes": minutes}
    _compute(calendar_id, "add", query | _which(version, draft=draft), tenant, as_json=as_json)


def elapsed(  # noqa: PLR0913 - one parameter for each option
    calendar_id: CalendarId,
    start: Start,
    end: Annotated[str, typer.Argument(help="Another instant.", show_default=False)],
    *,
    version: OfVersion = None,
    draft: OfDraft = False,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Print the business time between two instants; with --json in microseconds."""
    query = {"start": _instant("START", start), "end": _instant("END", end)}
    _compute(calendar_id, "elapsed", query | _which(version, draft=draft), tenant, as_json=as_json)


def explain(  # noqa: PLR0913 - one parameter for each option
    calendar_id: CalendarId,
    start: Start,
    end: Annotated[str | None, typer.Argument(help="Another instant.", show_default=False)] = None,
    *,
    minutes: Annotated[
        int | None, typer.Option("--minutes", help="Explain an addition instead.")
    ] = None,
    version: OfVersion = None,
    draft: OfDraft = False,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Show how business time comes about: windows consumed, holidays, changes of the clock."""
    if (end is None) == (minutes is None):
        raise typer.BadParameter("say what to explain: either END or --minutes N.")
    query: dict[str, Any] = {"start": _instant("START", start), "minutes": minutes}
    if end is not None:
        query["end"] = _instant("END", end)
    _compute(calendar_id, "explain", query | _which(version, draft=draft), tenant, as_json=as_json)


def retire(
    calendar_id: CalendarId,
    version: Annotated[int, typer.Argument(help="Its number.", min=1, show_default=False)],
    *,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Take a version out of use. It stays readable, and SLAs that embed it keep it."""
    platform = Platform.find(Role.ADMIN, tenant=tenant)
    done = platform.post(f"{calendar_path(calendar_id)}/versions/{version}/retire")
    emit(done, as_json=as_json, render=page.retired)


def impact(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Every version, not only the newest of each calendar.")
    ] = False,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Show calendars whose hours differ under the installed tzdata; exit 1 if there are any."""
    platform = Platform.find(Role.MANAGER, tenant=tenant)
    report: dict[str, Any] = {"installed": None, "checked": 0, "items": []}
    columns = (TextColumn("comparing"), BarColumn(), MofNCompleteColumn())
    console = notes()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as at:
        task = at.add_task("versions", total=None)
        cursor: str | None = None
        while True:
            found = platform.ask(
                "GET",
                f"{BASE}/tzdata-impact",
                params={"limit": 50, "all": "true" if everything else "false"}
                | ({"cursor": cursor} if cursor else {}),
                timeout=_PATIENCE,
            )
            report["installed"] = found["installed"]
            report["checked"] += found["checked"]
            report["items"] += found["items"]
            at.update(task, completed=report["checked"], total=found["total"])
            cursor = found["next"]
            if cursor is None:
                break
    emit(report, as_json=as_json, render=page.impact)
    if report["items"]:
        raise Findings


def _compute(
    calendar_id: str, what: str, query: dict[str, Any], tenant: str | None, *, as_json: bool
) -> None:
    platform = Platform.find(Role.VIEWER, tenant=tenant)
    answer = platform.get(f"{calendar_path(calendar_id)}/business-time/{what}", **query)
    emit(answer, as_json=as_json, render=page.answer)


def _which(version: int | None, *, draft: bool) -> dict[str, Any]:
    if draft and version is not None:
        raise typer.BadParameter("say either --draft or --version, not both")
    return {"version": version, "draft": "true" if draft else None}


def _instant(name: str, text: str) -> str:
    try:
        return rfc3339(parse_instant(text))
    except MalformedInstantError as error:
        raise typer.BadParameter(
            f"{text!r} is {error}; write it like 2026-03-01T09:00:00+01:00 or "
            "2026-03-01T08:00:00Z, with seconds.",
            param_hint=name,
        ) from error
