"""`slaclock sla export|export-zendesk`: everything of a tenant, or a version for Zendesk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

from slaclock.auth.roles import Role
from slaclock.cli.exits import Findings, PlatformFault
from slaclock.cli.files import write_bytes
from slaclock.cli.output import AsJson, emit, note
from slaclock.cli.platform import ForTenant, Platform
from slaclock.cli.sla_routes import BASE, newest_version, sla_path
from slaclock.contracts.canonical import content_hash

__all__ = ["add_to"]

_PATIENCE: Final = 600.0


def add_to(group: typer.Typer) -> None:
    """Add the commands to `slaclock sla`."""
    group.command("export")(export)
    group.command("export-zendesk")(export_zendesk)


def export(
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; stdout if omitted.")
    ] = None,
    tenant: ForTenant = None,
    as_json: AsJson = False,
) -> None:
    """Export every SLA, version, draft, contract and terms entry. Exit 1 if a hash is wrong."""
    if as_json and output is None:
        raise typer.BadParameter("needs --output for the export itself", param_hint="--json")
    platform = Platform.find(Role.MANAGER, tenant=tenant)
    content = platform.answer("GET", f"{BASE}/export", timeout=_PATIENCE).content
    found = _whole(content)
    wrong = list(_wrong(found))
    _write(content, output)
    for one in wrong:
        note(f"{one}: the snapshot is not what its hash names; restore the database")
    counts = found["counts"]
    told = {"output": None if output is None else str(output), "bytes": len(content)}
    if as_json:
        emit({**told, "counts": counts, "wrong": wrong}, as_json=True)
    else:
        listed = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
        right = counts["versions"] - len(wrong)
        note(f"{listed or 'nothing'}; {right} {'hash' if right == 1 else 'hashes'} verified")
    if wrong:
        raise Findings


def export_zendesk(
    sla_id: Annotated[str, typer.Argument(help="The SLA's id.", show_default=False)],
    *,
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="The newest one in use if omitted.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; stdout if omitted.")
    ] = None,
    tenant: ForTenant = None,
) -> None:
    """Write a version as Zendesk takes policies. Exit 1 if it has no words for something."""
    platform = Platform.find(Role.VIEWER, tenant=tenant)
    number = version or newest_version(platform, sla_id)
    found = platform.get(f"{sla_path(sla_id)}/versions/{number}/zendesk")
    policy = {"sla_policy": found["sla_policy"]}
    _write(orjson.dumps(policy, option=orjson.OPT_INDENT_2), output)
    for one in found["told"]:
        value = "" if one["value"] is None else f" {one['value']}"
        note(f"{one['field']}{value} {one['message']}; {one['remedy']}")
    if any(not one["taken"] for one in found["told"]):
        raise Findings


def _whole(content: bytes) -> Mapping[str, Any]:
    """The document.

    Raises:
        PlatformFault: it was cut off on its way.
    """
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise PlatformFault(
            f"the export is cut off after {len(content)} bytes ({error}); ask again"
        ) from error
    if not isinstance(found, dict) or "counts" not in found:
        raise PlatformFault("the export has no counts at its end; ask again")
    return found


def _wrong(found: Mapping[str, Any]) -> Iterator[str]:
    """Versions whose snapshot has another hash than they are named by, or none."""
    for sla in found["slas"]:
        for one in sla["versions"]:
            if one["snapshot"] is None or content_hash(one["snapshot"]) != one["hash"]:
                yield f"{one['sla_id']} version {one['version']}"


def _write(content: bytes, output: Path | None) -> None:
    if output is None:
        typer.echo(content, nl=True)
        return
    write_bytes(content, output)
