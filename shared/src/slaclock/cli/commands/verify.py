"""`slaclock verify`: fold every ticket anew and compare with what is stored and told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from slaclock.auth.roles import Role
from slaclock.cli.exits import Findings, NothingFound
from slaclock.cli.output import AsJson, emit
from slaclock.cli.platform import ForTenant, Platform
from slaclock.contracts.faults import shown

__all__ = ["register"]

_PATH: Final = "/ticket-clock/v1/verify"
_BATCH: Final = 200
_PATIENCE: Final = 600.0


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
    for answer in _named(platform, tickets) if tickets else _all(platform):
        for name in total:
            total[name] += answer[name]
    if total["tickets"] < len(set(tickets or ())):
        raise NothingFound(f"only {total['tickets']} of these tickets exist; check their ids")
    emit(total, as_json=as_json, render=_report)
    if total["findings"]:
        raise Findings


def _named(platform: Platform, tickets: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    wanted = sorted(set(tickets))
    for first in range(0, len(wanted), _BATCH):
        yield platform.post(
            _PATH, {"ticket_ids": wanted[first : first + _BATCH]}, timeout=_PATIENCE
        )


def _all(platform: Platform) -> Iterator[Mapping[str, Any]]:
    cursor: str | None = None
    while True:
        answer = platform.post(_PATH, {"cursor": cursor}, timeout=_PATIENCE)
        yield answer
        cursor = answer["next"]
        if cursor is None:
            return


def _report(total: dict[str, Any]) -> Table | str:
    counted = f"{total['tickets']} tickets, {total['clocks']} clocks"
    if not total["findings"]:
        return f"{counted}: stored and folded agree."
    table = Table("ticket", "what", "stored", "folded", title=f"{counted}: they differ")
    for finding in total["findings"]:
        names = ("ticket_id", "what", "stored", "folded")
        table.add_row(*(str(shown(finding.get(name))) for name in names))
    return table
