"""`slaclock sla annex`: what a version or a contract says, for people to read and sign."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import typer

from slaclock.auth.roles import Role
from slaclock.cli.files import write_bytes
from slaclock.cli.output import AsJson, emit, note
from slaclock.cli.platform import ForTenant, Platform
from slaclock.cli.sla_routes import BASE, newest_version, sla_path
from slaclock.contracts.instants import MalformedInstantError, parse_instant, rfc3339

__all__ = ["add_to"]

_PATIENCE: Final = 120.0


class Format(StrEnum):
    """What an annex may be."""

    HTML = "html"
    PDF = "pdf"


def add_to(group: typer.Typer) -> None:
    """Add the command to `slaclock sla`."""
    group.command("annex")(annex)


def annex(  # noqa: PLR0913 - one parameter for each option
    sla_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The SLA's id.", show_default=False)
    ] = None,
    *,
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="The newest published one if omitted.")
    ] = None,
    contract: Annotated[
        str | None, typer.Option("--contract", help="Instead of an SLA: what binds this contract.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="Of a contract: at this instant (RFC 3339); now.")
    ] = None,
    out_format: Annotated[
        Format | None, typer.Option("--format", help="By the ending of the file if omitted.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; stdout if omitted.")
    ] = None,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Write a version, or what binds a contract, as a document with its hash on every page."""
    if (sla_id is None) == (contract is None):
        raise typer.BadParameter("say what to write: either ID or --contract C.")
    if contract is None and at is not None:
        raise typer.BadParameter("goes with --contract", param_hint="--at")
    if contract is not None and version is not None:
        raise typer.BadParameter("a contract pins its version", param_hint="--version")
    wanted = out_format or _by_ending(output)
    if output is None and (as_json or (wanted is Format.PDF and sys.stdout.isatty())):
        raise typer.BadParameter("say where the document goes", param_hint="--output")
    platform = Platform.find(Role.VIEWER, tenant=tenant)
    query: dict[str, str] = {"format": wanted.value}
    told: dict[str, Any] = {"format": wanted.value}
    if contract is not None:
        told |= {"contract_id": contract, "at": None if at is None else _instant(at)}
        query |= {} if at is None else {"at": _instant(at)}
        path = f"{BASE}/contracts/{quote(contract, safe='')}/annex"
    else:
        number = version or newest_version(platform, str(sla_id))
        told |= {"sla_id": sla_id, "version": number}
        path = f"{sla_path(str(sla_id))}/versions/{number}/annex"
    content = platform.answer("GET", path, params=query, timeout=_PATIENCE).content
    if output is None:
        typer.echo(content, nl=False)
        return
    write_bytes(content, output)
    if as_json:
        emit(told | {"output": str(output), "bytes": len(content)}, as_json=True)
    else:
        note(f"{output}: {len(content)} bytes")


def _by_ending(output: Path | None) -> Format:
    match None if output is None else output.suffix.lower():
        case ".pdf":
            return Format.PDF
        case None | ".html" | ".htm":
            return Format.HTML
        case _:
            raise typer.BadParameter(
                f"{output} ends in neither .html nor .pdf; add --format", param_hint="--output"
            )


def _instant(text: str) -> str:
    try:
        return rfc3339(parse_instant(text))
    except MalformedInstantError as error:
        raise typer.BadParameter(
            f"{text!r} is {error}; write it like 2026-03-01T08:00:00Z", param_hint="--at"
        ) from error
