"""`slaclock parked list|replay`: messages that were set aside, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from slaclock.auth.roles import Role
from slaclock.cli.exits import Findings, NothingFound
from slaclock.cli.output import AsJson, emit, note
from slaclock.cli.platform import ForTenant, Platform, Refused
from slaclock.contracts.faults import shown
from slaclock.service.spec import discover, find

__all__ = ["register"]

_PAGE: Final = 200
_TOLD: Final = 2000
"""Characters: a reason ends with its remedy."""
OfService = Annotated[str, typer.Option("--service", help="Which service set it aside.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    parked = typer.Typer(no_args_is_help=True, help="Messages that were set aside.")
    parked.command("list")(list_parked)
    parked.command("replay")(replay)
    app.add_typer(parked, name="parked")


def list_parked(
    *,
    service: Annotated[
        str | None, typer.Option("--service", help="Of one service; of all if omitted.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that were replayed, too.")
    ] = False,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Show what was set aside and why, oldest first."""
    platform = Platform.find(Role.MANAGER, tenant=tenant)
    if service:
        rows = list(_of(platform, find(service).name, everything=everything))
    else:
        rows = [
            row for name in discover() for row in _if_any(platform, name, everything=everything)
        ]
    emit({"items": rows}, as_json=as_json, render=_page)


def replay(
    parked_ids: Annotated[list[str] | None, typer.Argument(help="Ids that `list` shows.")] = None,
    *,
    service: OfService,
    everything: Annotated[
        bool, typer.Option("--all", help="Everything that this service has set aside.")
    ] = False,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Hand messages to their service again; exit 1 if one of them fails again."""
    platform = Platform.find(Role.MANAGER, tenant=tenant)
    name = find(service).name
    if not parked_ids and not everything:
        raise typer.BadParameter("name the ids to replay, or use --all")
    ids = parked_ids or [str(row["parked_id"]) for row in _of(platform, name, everything=False)]
    results = [_replay(platform, name, parked_id) for parked_id in ids]
    failed = [one for one in results if not one["replayed"]]
    note(f"{len(results) - len(failed)} replayed, {len(failed)} failed again")
    emit({"items": results}, as_json=as_json, render=_results)
    if failed:
        raise Findings


def _if_any(platform: Platform, service: str, *, everything: bool) -> list[dict[str, Any]]:
    try:
        return _of(platform, service, everything=everything)
    except NothingFound:  # a service that consumes nothing sets nothing aside
        return []


def _of(platform: Platform, service: str, *, everything: bool) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = platform.get(
            f"/{service}/v1/parked",
            cursor=cursor,
            limit=_PAGE,
            replayed="true" if everything else None,
        )
        rows += [{"service": service, **row} for row in page["items"]]
        cursor = page.get("next")
        if cursor is None:
            return rows


def _replay(platform: Platform, service: str, parked_id: str) -> dict[str, Any]:
    try:
        answer = platform.post(f"/{service}/v1/parked/{parked_id}/replay") or {}
    except Refused as refused:
        if refused.code != "replay.refused":
            raise
        return {"parked_id": parked_id, "replayed": False, "reason": str(refused)}
    return {"parked_id": parked_id, "replayed": True, **answer}


def _page(document: dict[str, Any]) -> str:
    if not document["items"]:
        return "Nothing is set aside."
    return "\n".join(line for row in document["items"] for line in _lines(row))


def _lines(row: dict[str, Any]) -> Iterator[str]:
    """A few lines each, so that ids and reasons are whole on any terminal."""
    said = {name: escape(str(shown(value, most=_TOLD))) for name, value in row.items()}
    yield f"[bold]{said['service']}[/]  {said['parked_id']}  {said['parked_at']}"
    yield f"  {said['subject']}"
    yield f"  [yellow]{said['code']}[/]: {said['reason']}"


def _results(document: dict[str, Any]) -> Table:
    table = Table("id", "outcome")
    for row in document["items"]:
        table.add_row(row["parked_id"], "done" if row["replayed"] else str(row.get("reason", "")))
    return table
