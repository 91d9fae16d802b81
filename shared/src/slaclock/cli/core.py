"""The commands that come with `slaclock` itself."""

from __future__ import annotations

import typer

from slaclock.cli.commands import (
    calendar,
    explain,
    lint,
    migrate,
    parked,
    publish,
    serve,
    simulate,
    sla,
    status,
    topology,
    verify,
)
from slaclock.cli.importing import commands as importing

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add them."""
    for command in (
        importing,
        publish,
        lint,
        calendar,
        sla,
        status,
        explain,
        verify,
        simulate,
        parked,
        serve,
        migrate,
        topology,
    ):
        command.register(app)
