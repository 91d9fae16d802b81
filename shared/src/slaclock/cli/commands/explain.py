"""`slaclock explain TICKET`: how each clock came to be what it is."""

from __future__ import annotations

from typing import Annotated

import typer

from slaclock.auth.roles import Role
from slaclock.cli.output import AsJson, emit, tell
from slaclock.cli.platform import ForTenant, Platform

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(
    ticket: Annotated[str, typer.Argument(help="The ticket's id, as its system writes it.")],
    *,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Show the facts, the terms and the business time behind each of a ticket's clocks."""
    platform = Platform.find(Role.VIEWER, tenant=tenant)
    path = "/ticket-clock/v1/ticket-explain"
    if as_json:
        emit(platform.get(path, ticket_id=ticket), as_json=True)
        return
    text = {"Accept": "text/plain"}
    tell(platform.answer("GET", path, params={"ticket_id": ticket}, headers=text).text)
