"""`slaclock migrate`: bring the services' databases to the present schema."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.table import Table

from slaclock.cli.exits import NotReachable
from slaclock.cli.output import AsJson, emit, note
from slaclock.service.spec import ServiceSpec, discover, find
from slaclock.settings import PlatformSettings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("migrate")(migrate)


def migrate(
    services: Annotated[
        list[str] | None, typer.Argument(help="Names of services; all installed ones if omitted.")
    ] = None,
    *,
    admin_url: Annotated[
        str | None,
        typer.Option(
            help="Address of a superuser, who also creates missing databases and roles; without it "
            "SLACLOCK_<SERVICE>_DATABASE_URL must name a role that may act as the owner."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the migrations that the databases have not seen yet; safe to repeat."""
    settings = PlatformSettings.load()
    specs = [find(name) for name in services or discover()]
    done = []
    for spec in specs:
        dsn = admin_url or settings.database_url(spec.name)
        revision = asyncio.run(_upgrade(spec, dsn, provide=admin_url is not None))
        note(f"{spec.name}: {revision}")
        done.append({"service": spec.name, "revision": revision})
    emit(done, as_json=as_json, render=_table)


async def _upgrade(spec: ServiceSpec, dsn: str, *, provide: bool) -> str:
    from slaclock.store.migrate import Schema, provision, upgrade  # noqa: PLC0415 - seldom needed
    from slaclock.store.pool import OUTAGES  # noqa: PLC0415 - the same

    schema = Schema(spec.database, spec.migrations_package)
    try:
        if provide:
            await provision(dsn, schema)
            return await upgrade(dsn, schema)
        return await upgrade(dsn, schema, database=urlsplit(dsn).path.lstrip("/") or None)
    except OUTAGES as error:
        raise NotReachable(
            f"the database of {spec.name} does not answer ({type(error).__name__}: {error}); "
            "start it, or correct the address"
        ) from error


def _table(done: list[dict[str, Any]]) -> Table:
    table = Table("service", "revision", title="Migrated")
    for one in done:
        table.add_row(one["service"], one["revision"])
    return table
