"""`slaclock sla ...`: versions, policies of other software, the export of everything, annexes."""

from __future__ import annotations

import typer

from slaclock.cli.commands import sla_annex, sla_export, sla_files, sla_versions

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="SLAs: versions, imports, export, annexes.")
    sla_versions.add_to(group)
    sla_files.add_to(group)
    sla_export.add_to(group)
    sla_annex.add_to(group)
    app.add_typer(group, name="sla")
