"""`slaclock explain TICKET`: how each clock came to be what it is."""

from __future__ import annotations

from typing import Annotated

import typer

from slaclock.auth.roles import Role
from slaclock.cli.explanation_page import explanation_page
from slaclock.cli.output import AsJson, emit
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
    document = platform.get("/ticket-clock/v1/ticket-explain", ticket_id=ticket)
    emit(document, as_json=as_json, render=explanation_page)
