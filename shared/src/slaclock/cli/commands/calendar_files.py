"""`slaclock calendar import|export`: calendars of other software, in and out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import quote

import orjson
import typer
from rich.progress import track

from slaclock.auth.roles import Role
from slaclock.cli import calendar_files_page as page
from slaclock.cli.calendar_routes import BASE, calendar_path, newest_version
from slaclock.cli.calendar_source import icalendar_body, tables_body
from slaclock.cli.commands.publish import warn
from slaclock.cli.exits import Findings, NothingFound
from slaclock.cli.files import write_bytes
from slaclock.cli.output import AsJson, emit, note, notes
from slaclock.cli.platform import ForTenant, Platform, Refused

__all__ = ["add_to"]

_PATIENCE: Final = 120.0
_Target: TypeAlias = tuple[str, Mapping[str, Any]]
"""Id and document of a draft to write; no document where holidays are added."""


class InFormat(StrEnum):
    """Formats that come in."""

    ICALENDAR = "icalendar"
    ALGA = "alga"
    ZENDESK = "zendesk"


class OutFormat(StrEnum):
    """Formats that go out."""

    ICALENDAR = "icalendar"
    ZENDESK = "zendesk"
    JSON = "json"


def add_to(group: typer.Typer) -> None:
    """Add the commands to `slaclock calendar`."""
    group.command("import")(import_calendar)
    group.command("export")(export_calendar)


def import_calendar(  # noqa: PLR0913 - one parameter for each option
    file: Annotated[
        Path,
        typer.Argument(help="A file, or a folder of CSV files (alga).", show_default=False),
    ],
    *,
    in_format: Annotated[InFormat, typer.Option("--format", help="What wrote it.")],
    calendar: Annotated[
        str | None,
        typer.Option("--calendar", help="The calendar; proposed by the file if omitted."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="IANA zone of a new calendar (icalendar).")
    ] = None,
    from_year: Annotated[
        int | None, typer.Option("--from-year", help="Of recurring events (icalendar).")
    ] = None,
    to_year: Annotated[
        int | None, typer.Option("--to-year", help="Of recurring events (icalendar).")
    ] = None,
    holidays: Annotated[
        Path | None, typer.Option("--holidays", help="What holidays.json answers (zendesk).")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only show what would come in.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a draft that is there already.")
    ] = False,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish what came in, if nothing was left out.")
    ] = False,
    partly: Annotated[
        bool, typer.Option("--partly", help="Publish even if something was left out.")
    ] = False,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Bring a calendar in as a draft. Exit 1 if something was left out; it is listed."""
    platform = Platform.find(Role.ADMIN if publish else Role.MANAGER, tenant=tenant)
    wanted = {"timezone": timezone, "first_year": from_year, "last_year": to_year}
    query = {name: value for name, value in wanted.items() if value is not None}
    if in_format is InFormat.ICALENDAR:
        body = icalendar_body(file)
        if calendar is not None and timezone is None:
            query |= _zone_of(platform, calendar)
        found = _preview(platform, in_format, query, content=body)
    else:
        body = b""
        found = _preview(platform, in_format, {}, json=tables_body(file, in_format, holidays))
    done: dict[str, Any] = {"preview": found, "drafts": [], "sets": [], "published": []}
    if not preview:
        targets = _targets(found, calendar)
        if not found["calendars"]:
            done["drafts"].append(_add(platform, targets[0][0], body, query))
        else:
            done["sets"] = [_set(platform, one, publish=publish) for one in found["sets"]]
            for calendar_id, document in _steps(targets):
                done["drafts"].append(_put(platform, calendar_id, document, replace=replace))
        if publish:
            done["published"] = _published(platform, done["drafts"], found, partly=partly)
    emit(done, as_json=as_json, render=page.imported)
    if found["counts"]["left_out"]:
        raise Findings


def export_calendar(  # noqa: PLR0913 - one parameter for each option
    calendar_id: Annotated[str, typer.Argument(help="The calendar's id.", show_default=False)],
    *,
    out_format: Annotated[OutFormat, typer.Option("--format", help="Who shall read it.")],
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="The newest published one if omitted.")
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Export the draft (icalendar).")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", help="A file; stdout if omitted.")
    ] = None,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Write a calendar for other software. Exit 1 if it has no words for something."""
    if draft and (out_format is not OutFormat.ICALENDAR or version is not None):
        raise typer.BadParameter(
            "goes with --format icalendar, without --version", param_hint="--draft"
        )
    if as_json and output is None:
        raise typer.BadParameter("needs --output for the calendar itself", param_hint="--json")
    platform = Platform.find(Role.VIEWER, tenant=tenant)
    path = calendar_path(calendar_id)
    kind = "snapshot" if out_format is OutFormat.JSON else out_format.value
    number = None if draft else version or newest_version(platform, calendar_id)
    which = "draft" if draft else f"versions/{number}"
    content = platform.answer("GET", f"{path}/{which}/{kind}", timeout=_PATIENCE).content
    findings: list[Any] = []
    if out_format is OutFormat.ZENDESK:
        answer = orjson.loads(content)
        findings = answer.pop("findings")
        content = orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    _write(content, output)
    told: dict[str, Any] = {
        "calendar_id": calendar_id,
        "version": number,
        "format": out_format.value,
    }
    told |= {"output": str(output), "bytes": len(content), "findings": findings}
    if as_json:
        emit(told, as_json=True)
    elif findings:
        notes().print(page.findings(findings))
    if findings:
        raise Findings


def _preview(
    platform: Platform, in_format: InFormat, query: Mapping[str, Any], **body: Any
) -> dict[str, Any]:
    path = f"{BASE}/imports/{in_format.value}"
    with _shown("reading"):
        found: dict[str, Any] = platform.ask("POST", path, params=query, timeout=_PATIENCE, **body)
    return found


def _zone_of(platform: Platform, calendar_id: str) -> dict[str, str]:
    """The zone that a calendar has already, as a query."""
    path = calendar_path(calendar_id)
    try:
        zone = platform.get(f"{path}/draft")["document"].get("timezone")
    except NothingFound:
        try:
            zone = platform.get(path)["timezone"]
        except NothingFound:
            return {}
    return {"timezone": zone} if isinstance(zone, str) else {}


def _targets(found: Mapping[str, Any], calendar: str | None) -> list[_Target]:
    """What to write.

    Raises:
        BadParameter: the id is missing, or one is given for several calendars.
    """
    calendars = found["calendars"]
    if calendar is not None and len(calendars) > 1:
        ids = ", ".join(one["calendar_id"] for one in calendars)
        raise typer.BadParameter(
            f"the file has {len(calendars)} calendars ({ids}); leave it out",
            param_hint="--calendar",
        )
    if not calendars:
        if calendar is None:
            raise typer.BadParameter(
                "is missing: say whose holidays these are", param_hint="--calendar"
            )
        return [(calendar, {})]
    return [(calendar or one["calendar_id"], one["document"]) for one in calendars]


def _add(
    platform: Platform, calendar_id: str, body: bytes, query: Mapping[str, Any]
) -> dict[str, Any]:
    """Add the holidays of an iCalendar file to the draft as it is now."""
    path = f"{calendar_path(calendar_id)}/draft"
    headers = {"Content-Type": "text/calendar"} | _tag(platform, path)
    answer = platform.ask(
        "POST", f"{path}/icalendar", params=query, content=body, headers=headers, timeout=_PATIENCE
    )
    return _draft(platform, calendar_id, answer["added"])


def _put(
    platform: Platform, calendar_id: str, document: Mapping[str, Any], *, replace: bool
) -> dict[str, Any]:
    path = f"{calendar_path(calendar_id)}/draft"
    headers = _tag(platform, path) if replace else {"If-None-Match": "*"}
    named = {**document, "calendar_id": calendar_id} if "calendar_id" in document else document
    try:
        platform.ask("PUT", path, json=named, headers=headers, timeout=_PATIENCE)
    except Refused as refusal:
        if refusal.status in {412, 428} and not replace:
            raise Refused(
                f"calendar {calendar_id!r} has a draft already; publish or discard it, "
                "or add --replace",
                code=refusal.code,
            ) from refusal
        raise
    return _draft(platform, calendar_id, len(document.get("holidays", ())))


def _tag(platform: Platform, path: str) -> dict[str, str]:
    try:
        return {"If-Match": platform.answer("GET", path).headers["ETag"]}
    except NothingFound:
        return {}


def _draft(platform: Platform, calendar_id: str, holidays: int) -> dict[str, Any]:
    path = f"{calendar_path(calendar_id)}/draft"
    answer = platform.answer("GET", path)
    kept = answer.json()
    return {
        "calendar_id": calendar_id,
        "etag": answer.headers["ETag"],
        "holidays": holidays,
        "faults": kept["faults"],
    }


def _set(platform: Platform, found: Mapping[str, Any], *, publish: bool) -> dict[str, Any]:
    """Publish a holiday set with --publish; else only tell that it is waited for."""
    set_id = found["set_id"]
    if not publish:
        note(f"holiday set {set_id} is published with --publish; until then it is only named")
        return {"set_id": set_id, "version": None}
    path = f"{BASE}/holiday-sets/{quote(set_id, safe='')}/versions"
    answer = platform.post(path, {"set": found["document"]}, timeout=_PATIENCE)
    return {"set_id": set_id, "version": answer["version"]}


def _published(
    platform: Platform, drafts: list[Any], found: Mapping[str, Any], *, partly: bool
) -> list[dict[str, Any]]:
    """Publish the drafts as they were written."""
    left_out = found["counts"]["left_out"]
    if left_out and not partly:
        note(f"not published: {left_out} could not be taken; correct them, or add --partly")
        return []
    made = []
    for one in drafts:
        path = f"{calendar_path(one['calendar_id'])}/publish"
        headers = {"If-Match": one["etag"]}
        answer = platform.ask("POST", path, json={}, headers=headers, timeout=_PATIENCE)
        warn(answer)
        made.append({key: answer[key] for key in ("id", "version", "hash")})
    return made


def _write(content: bytes, output: Path | None) -> None:
    if output is None:
        typer.echo(content, nl=False)
        return
    write_bytes(content, output)
    note(f"{output}: {len(content)} bytes")


def _steps(targets: Sequence[_Target]) -> Iterator[_Target]:
    """Each of them, with a bar on a terminal."""
    console = notes()
    quiet = not console.is_terminal
    yield from track(targets, "drafts", console=console, transient=True, disable=quiet)


@contextmanager
def _shown(what: str) -> Iterator[None]:
    """A sign of life, on a terminal only."""
    console = notes()
    if not console.is_terminal:
        yield
        return
    with console.status(what):
        yield
