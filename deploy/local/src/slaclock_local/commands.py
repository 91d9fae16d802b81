"""`slaclock up` and `slaclock tenant`: the platform on this machine."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from slaclock.cli.output import AsJson, emit, note
from slaclock.settings import PlatformSettings

__all__ = ["FRONT_PORT", "NATS_PORT", "register"]

FRONT_PORT = Annotated[
    int | None,
    typer.Option(
        "--port", min=0, max=65535, help="HTTP; 0 takes a free one; SLACLOCK_HTTP_PORT or 8080."
    ),
]
NATS_PORT = Annotated[
    int, typer.Option("--nats-port", min=0, max=65535, help="NATS; 0 takes a free one.")
]

TEMPORAL = Annotated[
    bool, typer.Option("--temporal", help="Run Temporal's dev server, too, and wake tickets by it.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("up")(up)
    tenants = typer.Typer(no_args_is_help=True, help="Tenants of the platform on this machine.")
    tenants.command("add")(add)
    app.add_typer(tenants, name="tenant")


def up(
    *,
    port: FRONT_PORT = None,
    nats_port: NATS_PORT = 4222,
    temporal: TEMPORAL = False,
    as_json: AsJson = False,
) -> int:
    """Run the whole platform on this machine, with real NATS and PostgreSQL, until Ctrl-C."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's threads would not survive a fork
    from slaclock_local.platform import Platform  # noqa: PLC0415 - other commands start without it
    from slaclock_local.refusals import Stopped, check_temporal  # noqa: PLC0415 - the same

    settings = PlatformSettings.load()
    http_port = settings.http_port if port is None else port
    check_temporal(settings, server=temporal)
    platform = Platform(settings.home, http_port=http_port, nats_port=nats_port, temporal=temporal)
    try:
        with platform:
            runtime = platform.runtime
            note(f"  dashboard  {runtime.http}/dashboard/")
            note(f"  calendars  {runtime.http}/calendar/")
            note(f"  events     {runtime.nats} and {runtime.http}/ticket-clock/v1/events")
            if runtime.temporal is not None:
                note(f"  temporal   {runtime.temporal}, namespace default")
            note(f"  keys       {platform.layout.home.credentials_file()}")
            note(f"  logs       {platform.layout.logs}")
            note("  stop       Ctrl-C")
            if as_json:
                emit(runtime.document(), as_json=True)
            return platform.supervise()
    except Stopped as stopped:
        return stopped.exit_code


def add(
    tenant: Annotated[str, typer.Argument(help="1 to 63 of a-z, 0-9 and -.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Print a tenant's credentials, made when it is new; again prints the same ones."""
    from slaclock_local.credentials import add_tenant  # noqa: PLC0415 - other commands need it not
    from slaclock_local.layout import Layout  # noqa: PLC0415 - the same

    found: dict[str, Any] = dict(add_tenant(Layout(PlatformSettings.load().home), tenant))
    emit(found, as_json=as_json)
