"""`slaclock sla list|versions|diff|retire`: which SLAs there are, and what their versions say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from slaclock.auth.roles import Role
from slaclock.cli.calendar_routes import every
from slaclock.cli.exits import Findings
from slaclock.cli.output import AsJson, emit
from slaclock.cli.platform import ForTenant, Platform
from slaclock.cli.sla_routes import BASE, sla_path

__all__ = ["add_to"]

SlaId = Annotated[str, typer.Argument(help="The SLA's id.", show_default=False)]


def add_to(group: typer.Typer) -> None:
    """Add the commands to `slaclock sla`."""
    group.command("list")(list_slas)
    for command in (versions, diff, retire):
        group.command(command.__name__)(command)


def list_slas(*, tenant: ForTenant = None, as_json: AsJson = False) -> None:
    """Show every SLA with its newest version."""
    platform = Platform.find(Role.VIEWER, tenant=tenant)
    emit({"items": list(every(platform, f"{BASE}/slas"))}, as_json=as_json, render=_slas)


def versions(sla_id: SlaId, *, tenant: ForTenant = None, as_json: AsJson = False) -> None:
    """Show all versions of an SLA, the newest first."""
    platform = Platform.find(Role.VIEWER, tenant=tenant)
    items = list(every(platform, f"{sla_path(sla_id)}/versions"))
    emit({"items": items}, as_json=as_json, render=_versions)


def diff(
    sla_id: SlaId,
    before: Annotated[int, typer.Argument(help="A version.", min=1, show_default=False)],
    after: Annotated[int, typer.Argument(help="Another one.", min=1, show_default=False)],
    *,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Show what changes from one version to another; exit 1 if something does."""
    platform = Platform.find(Role.VIEWER, tenant=tenant)
    found = platform.get(f"{sla_path(sla_id)}/versions/{before}/differences/{after}")
    emit(found, as_json=as_json, render=_differences)
    if found["differences"]:
        raise Findings


def retire(
    sla_id: SlaId,
    version: Annotated[int, typer.Argument(help="Its number.", min=1, show_default=False)],
    *,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Take a version out of use. It stays readable, and contracts that pin it keep it."""
    platform = Platform.find(Role.ADMIN, tenant=tenant)
    done = platform.post(f"{sla_path(sla_id)}/versions/{version}/retire")
    emit(done, as_json=as_json, render=_retired)


def _slas(document: Mapping[str, Any]) -> RenderableType:
    if not document["items"]:
        return "No SLA yet; publish one with `slaclock publish sla FILE.json`."
    table = _table("SLA", "name", "version", "status", "draft")
    for one in document["items"]:
        names = ("sla_id", "name", "latest_version", "status")
        table.add_row(*(_text(one[name]) for name in names), "draft" if one["has_draft"] else "")
    return table


def _versions(document: Mapping[str, Any]) -> RenderableType:
    if not document["items"]:
        return "No version yet."
    table = _table("version", "status", "effective from", "published", "by", "hash", "note")
    for one in document["items"]:
        names = ("version", "status", "effective_from", "published_at", "published_by")
        row = [_text(one[name]) for name in names]
        table.add_row(*row, one["hash"][:12], _text(one["note"]))
    return table


def _differences(document: Mapping[str, Any]) -> RenderableType:
    if not document["differences"]:
        return "They say the same."
    return Group(*(escape(one["words"]) for one in document["differences"]))


def _retired(document: Mapping[str, Any]) -> RenderableType:
    return escape(f"{document['sla_id']} version {document['version']} is retired.")


def _table(*columns: str) -> Table:
    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _text(value: object) -> str:
    return "" if value is None else escape(str(value))
