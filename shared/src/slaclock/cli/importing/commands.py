"""`slaclock import servicenow|events FILE`: history into the platform, verdicts out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from slaclock.cli.exits import Findings
from slaclock.cli.importing.agreement import publish_default, read_sla
from slaclock.cli.importing.asking import Asking
from slaclock.cli.importing.csv_file import CsvFile, read_bytes
from slaclock.cli.importing.facts import Tally
from slaclock.cli.importing.place import helpdesk_of, platform_of
from slaclock.cli.importing.progress import shown_steps
from slaclock.cli.importing.publishing import LEAD, WINDOW, Flow
from slaclock.cli.importing.run import Import, wait_for_agreement
from slaclock.cli.importing.servicenow_rows import OPTIONAL, REQUIRED
from slaclock.cli.importing.sources import EventLines, ServiceNowLog, Source
from slaclock.cli.importing.summary import page
from slaclock.cli.output import AsJson, emit, note
from slaclock.tenancy import tenant as checked_tenant

__all__ = ["register"]

File = Annotated[Path, typer.Argument(help="The file to import.", metavar="FILE")]
Tenant = Annotated[str, typer.Option("--tenant", help="Whose tickets; made if missing (local).")]
Sla = Annotated[
    Path | None,
    typer.Option("--sla", help="Publish this SLA file first, as the tenant's default since 1970."),
]
Window = Annotated[
    int, typer.Option("--window", help="Facts on their way at once.", min=1, max=LEAD)
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Import what happened to tickets elsewhere.")
    group.command("servicenow")(import_servicenow)
    group.command("events")(import_events)
    app.add_typer(group, name="import")


@dataclass(frozen=True, slots=True)
class _Job:
    """What both commands do with their file."""

    tenant: str
    sla: Path | None
    window: int
    as_json: bool

    def run(self, source: Source) -> None:
        """Import *source*; exit 1 if rows of it were rejected."""
        document = read_sla(self.sla) if self.sla else None
        platform = platform_of(self.tenant)
        asking, access = Asking(platform), helpdesk_of(platform)
        run_id, tally = str(uuid4()), Tally()
        work = Import(
            run_id=run_id,
            messages=lambda: source.messages(self.tenant, run_id, tally),
            tally=tally,
            asking=asking,
            access=access,
            flow=Flow(window=self.window),
        )

        async def everything() -> dict[str, Any]:
            if document is not None:
                await wait_for_agreement(asking, publish_default(platform, document))
            with shown_steps(source.total) as steps:
                return await work.run(steps)

        summary = asyncio.run(everything())
        emit(summary, as_json=self.as_json, render=page)
        if summary["rejected"]:
            lines = len({one["line"] for one in summary["rejected"]})
            note(f"slaclock: {lines} of {summary['rows']} rows were rejected; the rest is imported")
            raise Findings


def import_servicenow(  # noqa: PLR0913 - one parameter per option
    file: File,
    *,
    tenant: Tenant,
    timezone: Annotated[
        str, typer.Option(help="Zone of the file's local times, such as America/Sao_Paulo.")
    ],
    sla: Sla = None,
    encoding: Annotated[str, typer.Option(help="How the file is written.")] = "utf-8",
    window: Window = WINDOW,
    as_json: AsJson = False,
) -> None:
    """Import the audit log of ServiceNow incidents, one row per change, as CSV."""
    checked_tenant(tenant)
    log = CsvFile.read(file, required=REQUIRED, encoding=encoding)
    source = ServiceNowLog(log, timezone)
    if absent := [name for name in OPTIONAL if name not in log.columns]:
        note(f"slaclock: {file} lacks {', '.join(absent)}; they are taken as not known")
    _Job(tenant, sla, window, as_json).run(source)


def import_events(
    file: File,
    *,
    tenant: Tenant,
    sla: Sla = None,
    window: Window = WINDOW,
    as_json: AsJson = False,
) -> None:
    """Import ticket events, one CloudEvent in JSON per line."""
    checked_tenant(tenant)
    _Job(tenant, sla, window, as_json).run(EventLines(read_bytes(file)))
