"""`slaclock sla import-alga|import-zendesk|itil-default`: other software's policies, as drafts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from slaclock.auth.roles import Role
from slaclock.cli import sla_files_page as page
from slaclock.cli.commands.publish import warn
from slaclock.cli.exits import Findings
from slaclock.cli.output import AsJson, emit, note, notes
from slaclock.cli.platform import ForTenant, Platform, Refused
from slaclock.cli.sla_routes import BASE, sla_path
from slaclock.cli.sla_source import alga_body, zendesk_body

__all__ = ["add_to"]

_PATIENCE: Final = 120.0
_MOST: Final = 10
"""Warnings shown of a publication."""
_PATHS: Final = {"default": "default", "assignment": "assignments", "status_map": "status-map"}

Calendar = Annotated[
    str | None,
    typer.Option("--calendar", help="A published calendar for all business hours, as ID@VERSION."),
]


class Hours(StrEnum):
    """Where the business hours of an export stand."""

    INLINE = "inline"
    PUBLISHED = "published"


Calendars = Annotated[
    Hours,
    typer.Option(
        "--calendars", help="Write schedules into the files, or name what was published of them."
    ),
]
Preview = Annotated[bool, typer.Option("--preview", help="Only show what would come in.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Overwrite drafts that say something else.")
]
Publish = Annotated[
    bool, typer.Option("--publish", help="Publish what came in, if nothing was left out.")
]
Partly = Annotated[bool, typer.Option("--partly", help="Publish even if something was left out.")]
Assign = Annotated[
    bool,
    typer.Option("--assign", help="Make the proposed default, assignments and status map."),
]


def add_to(group: typer.Typer) -> None:
    """Add the commands to `slaclock sla`."""
    group.command("import-alga")(import_alga)
    group.command("import-zendesk")(import_zendesk)
    group.command("itil-default")(itil_default)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What shall become of an import."""

    preview: bool
    replace: bool
    publish: bool
    partly: bool
    assign: bool
    default: bool = False

    def __post_init__(self) -> None:
        if self.preview and (self.publish or self.assign):
            raise typer.BadParameter("goes without --publish and --assign", param_hint="--preview")
        if self.default and not self.publish:
            raise typer.BadParameter("needs --publish", param_hint="--default")
        if self.assign and not self.publish:
            raise typer.BadParameter(
                "needs --publish: only published SLAs apply to tickets", param_hint="--assign"
            )

    @property
    def role(self) -> Role:
        return Role.ADMIN if self.publish else Role.MANAGER


def import_alga(  # noqa: PLR0913 - one parameter for each option
    file: Annotated[
        Path,
        typer.Argument(help="Tables as JSON, or a folder of CSV files.", show_default=False),
    ],
    *,
    calendar: Calendar = None,
    calendars: Calendars = Hours.INLINE,
    preview: Preview = False,
    replace: Replace = False,
    publish: Publish = False,
    partly: Partly = False,
    assign: Assign = False,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Bring SLA policies of Alga PSA in as drafts. Exit 1 if something was left out."""
    wish = _Wish(preview, replace, publish, partly, assign)
    body = alga_body(file)
    platform = Platform.find(wish.role, tenant=tenant)
    _bring(platform, "alga", _calendar(calendar, calendars), wish, body=body, as_json=as_json)


def import_zendesk(  # noqa: PLR0913 - one parameter for each option
    file: Annotated[
        Path, typer.Argument(help="What /api/v2/slas/policies.json answers.", show_default=False)
    ],
    *,
    schedules: Annotated[
        Path | None,
        typer.Option("--schedules", help="What /api/v2/business_hours/schedules.json answers."),
    ] = None,
    calendar: Calendar = None,
    calendars: Calendars = Hours.INLINE,
    preview: Preview = False,
    replace: Replace = False,
    publish: Publish = False,
    partly: Partly = False,
    assign: Assign = False,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Bring SLA policies of Zendesk in as drafts. Exit 1 if something was left out."""
    wish = _Wish(preview, replace, publish, partly, assign)
    body = zendesk_body(file, schedules)
    platform = Platform.find(wish.role, tenant=tenant)
    _bring(platform, "zendesk", _calendar(calendar, calendars), wish, body=body, as_json=as_json)


def itil_default(  # noqa: PLR0913 - one parameter for each option
    *,
    sla_id: Annotated[str, typer.Option("--id", help="What to call it.")] = "itil-standard",
    timezone: Annotated[
        str, typer.Option("--timezone", help="Of its office week, Mon-Fri 08:00-18:00.")
    ] = "UTC",
    calendar: Calendar = None,
    preview: Preview = False,
    replace: Replace = False,
    publish: Publish = False,
    default: Annotated[
        bool, typer.Option("--default", help="Publish it as the tenant's default from now on.")
    ] = False,
    assign: Assign = False,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Bring in the ITIL default set: P1 15/60 minutes 24x7 to P5 480/10080 business minutes."""
    wish = _Wish(preview, replace, publish, partly=False, assign=assign, default=default)
    platform = Platform.find(wish.role, tenant=tenant)
    query = {"sla_id": sla_id, "timezone": timezone, **_calendar(calendar)}
    _bring(platform, "itil-default", query, wish, as_json=as_json)


def _calendar(text: str | None, hours: Hours = Hours.INLINE) -> dict[str, Any]:
    """Whose hours count, as a query; *text* is ID@VERSION."""
    if text is None:
        return {} if hours is Hours.INLINE else {"calendars": hours.value}
    calendar_id, _, version = text.rpartition("@")
    if not calendar_id or not version.isascii() or not version.isdigit():
        raise typer.BadParameter("write ID@VERSION, such as uk-support@3", param_hint="--calendar")
    return {"calendar_id": calendar_id, "calendar_version": int(version)}


def _bring(  # noqa: PLR0913 - what is asked, and what shall become of the answer
    platform: Platform,
    source: str,
    query: Mapping[str, Any],
    wish: _Wish,
    *,
    body: Mapping[str, Any] | None = None,
    as_json: bool,
) -> None:
    """Import, publish and assign as wished; then show everything.

    Raises:
        Findings: something was left out, or a draft has faults.
    """
    flags = {"dry_run": wish.preview, "replace": wish.replace}
    params = {**query, **{name: "true" for name, wanted in flags.items() if wanted}}
    path = f"{BASE}/imports/{source}"
    console = notes()
    try:
        if console.is_terminal:
            with console.status("reading"):
                found = platform.ask("POST", path, params=params, json=body, timeout=_PATIENCE)
        else:
            found = platform.ask("POST", path, params=params, json=body, timeout=_PATIENCE)
    except Refused as refusal:
        if refusal.code == "import.draft-exists":
            note("add --replace to overwrite drafts, or --preview to look first")
        raise
    done: dict[str, Any] = {"import": found, "published": [], "assigned": []}
    left_out = found["counts"]["left_out"]
    faulty = [one["sla_id"] for one in found["slas"] if one["faults"]]
    if wish.publish and left_out and not wish.partly:
        note(f"not published: {left_out} could not be taken; correct them, or add --partly")
    elif wish.publish:
        done["published"] = [
            _published(platform, one, default=wish.default)
            for one in found["slas"]
            if one["sla_id"] not in faulty
        ]
    if wish.assign and done["published"]:
        made = {one["id"] for one in done["published"]}
        done["assigned"] = list(_assigned(platform, found["proposals"], made))
    emit(done, as_json=as_json, render=page.brought)
    if left_out or faulty:
        raise Findings


def _published(platform: Platform, one: Mapping[str, Any], *, default: bool) -> dict[str, Any]:
    """Publish a draft as it was written."""
    path = f"{sla_path(one['sla_id'])}/publish"
    headers = {"If-Match": f'"{one["etag"]}"'}
    body = {"default": True} if default else {}
    answer = platform.ask("POST", path, json=body, headers=headers, timeout=_PATIENCE)
    warn(answer, most=_MOST)
    return {key: answer[key] for key in ("id", "version", "hash")}


def _assigned(platform: Platform, proposals: Any, made: set[str]) -> Any:
    """Make what is proposed, from now on; contracts wait for quotes."""
    for one in proposals:
        sla_id = one["body"].get("sla_id")
        if one["kind"] in _PATHS and (sla_id is None or sla_id in made):
            entry = platform.post(f"{BASE}/{_PATHS[one['kind']]}", one["body"])
            yield {key: entry[key] for key in ("kind", "entry_id", "effective_from", "sla_id")}
