"""`slaclock demo`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from slaclock.cli.output import AsJson, note
from slaclock.settings import PlatformSettings
from slaclock_local.commands import FRONT_PORT, NATS_PORT

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the summary.")] = False,
    seed: Annotated[int, typer.Option(help="Of everything random.", min=0)] = 2026,
    port: FRONT_PORT = None,
    nats_port: NATS_PORT = 4222,
    as_json: AsJson = False,
) -> int:
    """Run the platform with a help desk's traffic and leave the dashboard running until Ctrl-C."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's threads would not survive a fork
    from slaclock_local.demo.show import Show  # noqa: PLC0415 - other commands start without it
    from slaclock_local.platform import Platform  # noqa: PLC0415 - the same
    from slaclock_local.refusals import Stopped  # noqa: PLC0415 - the same

    settings = PlatformSettings.load()
    http_port = settings.http_port if port is None else port
    show = Show(seed, once, as_json)
    try:
        with Platform(settings.home, http_port=http_port, nats_port=nats_port) as platform:
            note("slaclock: real NATS, real PostgreSQL and five services are running")
            return platform.run(show.run)
    except Stopped as stopped:
        return stopped.exit_code
