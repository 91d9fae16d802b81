"""`slaclock lint FILE.json`: what the platform would say of an SLA file; nothing is published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from slaclock.auth.roles import Role
from slaclock.cli.exits import Findings
from slaclock.cli.files import read_json
from slaclock.cli.importing.facts import BadFile
from slaclock.cli.output import AsJson, emit, note
from slaclock.cli.platform import ForTenant, Platform

__all__ = ["register"]

_STYLES: Final = {"error": "red", "warning": "yellow"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lint")(lint)


def lint(
    file: Annotated[Path, typer.Argument(help="An SLA file (JSON).", show_default=False)],
    *,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Judge an SLA file; exit 1 if an error would keep it from being published."""
    document = _read(file)
    found = Platform.find(Role.VIEWER, tenant=tenant).post("/sla/v1/lint", document)
    emit(found, as_json=as_json, render=_page)
    if not found["findings"]:
        note("nothing found: it can be published")
    else:
        note(f"{_count(found['errors'], 'error')}, {_count(found['warnings'], 'warning')}")
    if found["errors"]:
        raise Findings


def _read(file: Path) -> Mapping[str, Any]:
    document = read_json(file)
    if not isinstance(document, dict):
        raise BadFile(f'{file} is no SLA file: it must be an object such as {{"sla_id": "gold"}}')
    return document


def _page(found: Mapping[str, Any]) -> Text | None:
    findings = found["findings"]
    if not findings:
        return None
    wide = max(len(one["code"]) for one in findings)
    lines = [
        Text(f"{one['severity']:7}", style=_STYLES[one["severity"]])
        + Text(f"  {one['code']:{wide}}  {one['path'] or 'the file'}: {one['reason']}; ")
        + Text(one["remedy"])
        for one in findings
    ]
    return Text("\n").join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
