"""`slaclock publish calendar|sla FILE.json`: a file becomes a version that never changes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import orjson
import typer

from slaclock.auth.roles import Role
from slaclock.cli.importing.csv_file import read_bytes
from slaclock.cli.importing.facts import BadFile
from slaclock.cli.output import AsJson, emit, note
from slaclock.cli.platform import ForTenant, Platform
from slaclock.contracts.instants import MalformedInstantError, parse_instant, rfc3339
from slaclock.errors import Refusal

__all__ = ["register"]

PATIENCE: Final = 15.0
"""Seconds that a calendar published a moment ago may take to reach the sla service."""
PAUSE: Final = 0.25
"""Seconds between two attempts."""

File = Annotated[Path, typer.Argument(help="A JSON file.", show_default=False)]
Note = Annotated[str, typer.Option("--note", help="Why, for those who read the versions.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    publish = typer.Typer(no_args_is_help=True, help="Publish a calendar or an SLA from a file.")
    publish.command("calendar")(publish_calendar)
    publish.command("sla")(publish_sla)
    app.add_typer(publish, name="publish")


def publish_calendar(
    file: File, *, note_text: Note = "", tenant: ForTenant = None, as_json: AsJson = False
) -> None:
    """Publish a calendar; the same content as its latest version answers that version."""
    document = _read(file, "calendar_id")
    platform = Platform.find(Role.ADMIN, tenant=tenant)
    path = f"/calendar/v1/calendars/{quote(document['calendar_id'], safe='')}/publish"
    _tell(platform.post(path, {"calendar": document, "note": note_text}), as_json=as_json)


def publish_sla(  # noqa: PLR0913 - one parameter for each option
    file: File,
    *,
    effective_from: Annotated[
        str | None,
        typer.Option("--effective-from", help="An instant (RFC 3339); now if omitted."),
    ] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Make it the tenant's default from that instant on.")
    ] = False,
    note_text: Note = "",
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Publish an SLA; the same content as its latest version answers that version."""
    document = _read(file, "sla_id")
    body = {
        "sla": document,
        "effective_from": _instant(effective_from),
        "default": default,
        "note": note_text,
    }
    platform = Platform.find(Role.ADMIN, tenant=tenant)
    path = f"/sla/v1/slas/{quote(document['sla_id'], safe='')}/publish"
    answer = _once_calendars_arrived(platform, path, body)
    for contract_id in answer.get("bound_contracts", ()):
        note(f"contract {contract_id} waited for it and is bound now")
    _tell(answer, as_json=as_json)


def _read(file: Path, key: str) -> Mapping[str, Any]:
    """The JSON object in *file*; what it means is the service's business."""
    try:
        document = orjson.loads(read_bytes(file))
    except orjson.JSONDecodeError as error:
        raise BadFile(f"{file} is not JSON ({error}); correct it there") from error
    if not isinstance(document, dict) or not isinstance(document.get(key), str):
        raise BadFile(f'{file} must be a JSON object with "{key}"')
    return document


def _instant(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return rfc3339(parse_instant(text))
    except MalformedInstantError as error:
        raise typer.BadParameter(
            f"{text!r} is {error}; write it like 2026-03-01T00:00:00Z",
            param_hint="--effective-from",
        ) from error


def _once_calendars_arrived(platform: Platform, path: str, body: Any) -> Mapping[str, Any]:
    """Publish; a calendar that was published a moment ago may still be on its way."""
    deadline = time.monotonic() + PATIENCE
    told = False
    while True:
        try:
            answer: Mapping[str, Any] = platform.post(path, body)
        except Refusal as refusal:
            codes = {fault.code for fault in refusal.faults}
            if codes != {"sla.calendar-unknown"} or time.monotonic() > deadline:
                raise
            if not told:
                note("waiting for a published calendar to arrive at the sla service")
                told = True
            time.sleep(PAUSE)
        else:
            return answer


def _tell(answer: Mapping[str, Any], *, as_json: bool) -> None:
    document = {key: answer[key] for key in ("id", "version", "hash")}
    for warning in answer.get("warnings", ()):
        note(f"warning: {warning['field']}: {warning['message']}; {warning['remedy']}")
    if not answer.get("created", True):
        note("the same was published before")
    emit(document, as_json=as_json, render=_sentence)


def _sentence(document: Mapping[str, Any]) -> str:
    return f"{document['id']} version {document['version']}  {document['hash']}"
