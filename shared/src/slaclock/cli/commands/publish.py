"""`slaclock publish calendar|holiday-set|sla FILE.json`: a file becomes a version.

A version never changes. `slaclock calendar publish` does the same with a calendar's draft.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import typer
from rich.console import Group, RenderableType
from rich.markup import escape

from slaclock.auth.roles import Role
from slaclock.cli.files import read_json
from slaclock.cli.importing.facts import BadFile
from slaclock.cli.output import AsJson, emit, note
from slaclock.cli.platform import ForTenant, Platform
from slaclock.cli.sla_routes import sla_path
from slaclock.contracts.instants import MalformedInstantError, parse_instant, rfc3339
from slaclock.errors import Refusal

__all__ = ["add_to", "register", "warn"]

PATIENCE: Final = 15.0
"""Seconds that a calendar published a moment ago may take to reach the sla service."""
PAUSE: Final = 0.25
"""Seconds between two attempts."""
_FOLLOWING: Final = 120.0
"""Seconds that it may take to compare all calendars of a holiday set."""
_MOST: Final = 10
"""Changes shown of a calendar; the rest is counted."""
_FIELDS: Final = 3
"""Fields shown of which one warning is told; the rest is counted."""

_EXAMPLES: Final = {
    "calendar_id": "uk-support",
    "set_id": "england-and-wales",
    "sla_id": "gold",
}


class RunningTickets(StrEnum):
    """What tickets that are open do when their terms change."""

    KEEP = "keep"
    FROM_EFFECTIVE_INSTANT = "from_effective_instant"
    FROM_START = "from_start"


File = Annotated[Path, typer.Argument(help="A JSON file.", show_default=False)]
Note = Annotated[str, typer.Option("--note", help="Why, for those who read the versions.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Publish nothing; only tell what would be.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    publish = typer.Typer(
        no_args_is_help=True, help="Publish a calendar, a holiday set or an SLA from a file."
    )
    publish.command("calendar")(publish_calendar)
    publish.command("holiday-set")(publish_set)
    publish.command("sla")(publish_sla)
    app.add_typer(publish, name="publish")


def add_to(group: typer.Typer) -> None:
    """Add `publish` to `slaclock calendar`."""
    group.command("publish")(publish_draft)


def publish_calendar(
    file: File,
    *,
    dry_run: DryRun = False,
    note_text: Note = "",
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Publish a calendar; the same content as its latest version answers that version."""
    document = _read(file, "calendar_id")
    platform = Platform.find(Role.ADMIN, tenant=tenant)
    body = {"calendar": document, "note": note_text} | ({"dry_run": True} if dry_run else {})
    _tell(platform.post(_calendar(document["calendar_id"]), body), as_json=as_json)


def publish_draft(
    calendar_id: Annotated[str, typer.Argument(help="The calendar's id.", show_default=False)],
    *,
    dry_run: DryRun = False,
    note_text: Note = "",
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Publish the draft of a calendar; a file is published with `slaclock publish calendar`."""
    platform = Platform.find(Role.ADMIN, tenant=tenant)
    body = {"note": note_text} | ({"dry_run": True} if dry_run else {})
    _tell(platform.post(_calendar(calendar_id), body), as_json=as_json)


def publish_set(
    file: File,
    *,
    dry_run: DryRun = False,
    note_text: Note = "",
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Publish a holiday set, and show what calendars would say if they were published again."""
    document = _read(file, "set_id")
    platform = Platform.find(Role.ADMIN, tenant=tenant)
    path = f"/calendar/v1/holiday-sets/{quote(document['set_id'], safe='')}/versions"
    body = {"set": document, "note": note_text} | ({"dry_run": True} if dry_run else {})
    answer = platform.post(path, body, timeout=_FOLLOWING)
    _note_outcome(answer)
    wanted = ("id", "version", "hash", "created", "dry_run", "followers")
    emit({key: answer[key] for key in wanted}, as_json=as_json, render=_set_page)


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
    running_tickets: Annotated[
        RunningTickets | None,
        typer.Option(
            "--running-tickets",
            help="With --default: what open tickets do. Tells first how many it reaches.",
        ),
    ] = None,
    dry_run: DryRun = False,
    note_text: Note = "",
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Publish an SLA; the same content as its latest version answers that version."""
    document = _read(file, "sla_id")
    if running_tickets is not None and not default:
        raise typer.BadParameter(
            "says what a new default does with open tickets; add --default",
            param_hint="--running-tickets",
        )
    body = {
        "sla": document,
        "effective_from": _instant(effective_from),
        "default": default,
        "note": note_text,
    }
    if running_tickets is not None:
        body["running_tickets"] = running_tickets.value
    platform = Platform.find(Role.ADMIN, tenant=tenant)
    path = f"{sla_path(document['sla_id'])}/publish"
    if running_tickets is not None or dry_run:
        answer = _once_calendars_arrived(platform, path, {**body, "dry_run": True})
        _note_reached(answer.get("reached"))
    if not dry_run:
        answer = _once_calendars_arrived(platform, path, body)
    for contract_id in answer.get("bound_contracts", ()):
        note(f"contract {contract_id} waited for it and is bound now")
    words = [one["words"] for one in answer.get("changes", ())]
    if dry_run and effective_from is None and answer["created"]:
        note("its hash will be another: it holds the instant; --effective-from fixes it")
    _tell({**answer, "words": words}, as_json=as_json, more=("reached",))


def _read(file: Path, key: str) -> Mapping[str, Any]:
    """The JSON object in *file*; what it means is the service's business."""
    document = read_json(file)
    if not isinstance(document, dict) or not isinstance(document.get(key), str):
        raise BadFile(
            f'{file} must be a JSON object with "{key}", the id under which it is published; '
            f'add one, such as "{key}": "{_EXAMPLES[key]}"'
        )
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


def warn(answer: Mapping[str, Any], *, most: int | None = None) -> None:
    """Note what the author may not have meant; what is said of several fields, once.

    Args:
        answer: of a publication.
        most: lines; the rest is counted.
    """
    fields: dict[tuple[str, str], list[str]] = {}
    for warning in answer.get("warnings", ()):
        fields.setdefault((warning["message"], warning["remedy"]), []).append(warning["field"])
    for (message, remedy), named in list(fields.items())[:most]:
        shown, rest = named[:_FIELDS], len(named) - _FIELDS
        more = f" and {rest} more" if rest > 0 else ""
        note(f"warning: {', '.join(shown)}{more}: {message}; {remedy}")
    if most is not None and len(fields) > most:
        note(f"and {len(fields) - most} more warnings (slaclock lint has all)")


def _calendar(calendar_id: str) -> str:
    return f"/calendar/v1/calendars/{quote(calendar_id, safe='')}/publish"


def _note_reached(reached: Mapping[str, Any] | None) -> None:
    if reached is None:
        note("it reaches no ticket that is open now")
        return
    least = "" if reached["complete"] else "at least "
    note(f"it reaches {least}{reached['tickets']} of {reached['looked_at']} open tickets")


def _tell(answer: Mapping[str, Any], *, as_json: bool, more: Sequence[str] = ()) -> None:
    document = {key: answer[key] for key in ("id", "version", "hash")}
    warn(answer)
    _note_outcome(answer)
    if answer.get("dry_run"):
        document |= {key: answer[key] for key in ("created", "dry_run", "words", *more)}
    emit(document, as_json=as_json, render=_version_page)


def _note_outcome(answer: Mapping[str, Any]) -> None:
    if not answer.get("created", True):
        note("the same was published before")
    elif answer.get("dry_run"):
        note("nothing is published; without --dry-run it would be")


def _version_page(document: Mapping[str, Any]) -> RenderableType:
    return Group(escape(_sentence(document)), *_changes(document.get("words", ())))


def _set_page(document: Mapping[str, Any]) -> RenderableType:
    lines = [escape(_sentence(document))]
    followers = document["followers"]
    if followers:
        lines.append("if the calendars that use it were published again:")
    for one in followers:
        lines += [escape(f"  {one['calendar_id']} version {one['version']}: {_follows(one)}")]
        lines += (f"  {line}" for line in _changes(one["words"]))
        lines += [
            escape(f"    cannot be published: {each['field']}: {each['message']}; {each['remedy']}")
            for each in one["faults"]
        ]
    return Group(*lines)


def _follows(follower: Mapping[str, Any]) -> str:
    if follower["pinned"]:
        return f"stays, as it names version {follower['set_version']} of the set"
    if follower["faults"]:
        return "would be refused"
    return "would change" if follower["would_change"] else "says the same"


def _changes(words: Sequence[str]) -> Iterator[str]:
    for one in words[:_MOST]:
        yield escape(f"  {one}")
    if len(words) > _MOST:
        yield f"  and {len(words) - _MOST} more (--json has all)"


def _sentence(document: Mapping[str, Any]) -> str:
    return f"{document['id']} version {document['version']}  {document['hash']}"
