"""`slaclock status TICKET`: the clocks of one ticket."""

from __future__ import annotations

from typing import Annotated

import typer

from slaclock.auth.roles import Role
from slaclock.cli.output import AsJson, emit
from slaclock.cli.platform import ForTenant, Platform
from slaclock.cli.ticket_page import ticket_page

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(
    ticket: Annotated[str, typer.Argument(help="The ticket's id, as its system writes it.")],
    *,
    as_known_at: Annotated[
        str | None,
        typer.Option(help="As it was known at that instant (RFC 3339), not as it is known now."),
    ] = None,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Show a ticket's clocks: due when, how much is left, what was crossed."""
    platform = Platform.find(Role.VIEWER, tenant=tenant)
    document = platform.get(
        "/ticket-clock/v1/ticket-sla", ticket_id=ticket, as_known_at=as_known_at
    )
    emit(document, as_json=as_json, render=ticket_page)
