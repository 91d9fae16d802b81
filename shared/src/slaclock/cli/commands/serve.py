"""`slaclock serve SERVICE`: one service in this process."""

from __future__ import annotations

from typing import Annotated

import typer

from slaclock.settings import PlatformSettings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve_service)


def serve_service(
    service: Annotated[str, typer.Argument(help="Name of the service, such as ticket-clock.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="TCP port; SLACLOCK_HTTP_PORT if omitted.")
    ] = None,
) -> int:
    """Run one service until it is told to stop; its settings are SLACLOCK_* variables."""
    from slaclock.service import find, serve  # noqa: PLC0415 - other commands start without uvicorn

    settings = PlatformSettings.load()
    spec = find(service)
    return serve(
        spec, host=host, port=settings.http_port if port is None else port, settings=settings
    )
