"""`slaclock verify`: fold every ticket anew and compare with what is stored and told."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from slaclock.auth.roles import Role
from slaclock.cli.exits import Findings
from slaclock.cli.output import AsJson, emit
from slaclock.cli.platform import ForTenant, Platform
from slaclock.contracts.faults import shown

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(
    tickets: Annotated[
        list[str] | None, typer.Argument(help="Ids of tickets; all if omitted.")
    ] = None,
    *,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Fold tickets from their facts and compare; nothing is changed. Exit 1 on findings."""
    platform = Platform.find(Role.ADMIN, tenant=tenant)
    total: dict[str, Any] = {"tickets": 0, "clocks": 0, "findings": []}
    cursor: str | None = None
    while True:
        asked: dict[str, Any] = {"ticket_ids": tickets} if tickets else {}
        if cursor is not None:
            asked["cursor"] = cursor
        answer = platform.post("/ticket-clock/v1/verify", asked, timeout=600)
        total["tickets"] += answer.get("tickets", 0)
        total["clocks"] += answer.get("clocks", 0)
        total["findings"] += answer.get("findings", [])
        cursor = answer.get("next")
        if cursor is None:
            break
    emit(total, as_json=as_json, render=_report)
    if total["findings"]:
        raise Findings


def _report(total: dict[str, Any]) -> Table | str:
    counted = f"{total['tickets']} tickets, {total['clocks']} clocks"
    if not total["findings"]:
        return f"{counted}: stored and folded agree."
    table = Table("ticket", "what", "stored", "folded", title=f"{counted}: they differ")
    for finding in total["findings"]:
        names = ("ticket_id", "what", "stored", "folded")
        table.add_row(*(str(shown(finding.get(name))) for name in names))
    return table
