"""Runs one service in this process until it is told to stop."""

from __future__ import annotations

import socket

import uvicorn

from slaclock.service.spec import ServiceSpec
from slaclock.settings import PlatformSettings
from slaclock.telemetry import configure_logging, configure_tracing

__all__ = ["serve"]


def serve(
    spec: ServiceSpec,
    *,
    sock: socket.socket | None = None,
    host: str = "127.0.0.1",
    port: int = 8080,
    settings: PlatformSettings | None = None,
) -> int:
    """Answer HTTP until SIGINT or SIGTERM; then finish what is under way, for 10 s at most.

    May be called in a child right after a fork: it makes an event loop of its own.

    Args:
        spec: which service.
        sock: a bound socket; *host* and *port* are not looked at then.
        host: address to listen on.
        port: TCP port; 0 takes a free one.
        settings: of this process; the environment when None.

    Returns:
        Exit code of the process.
    """
    settings = settings or PlatformSettings.load()
    configure_logging(spec.name, settings.log_level)
    flush = configure_tracing(spec.name)
    config = uvicorn.Config(
        spec.build(settings),
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=15,
    )
    server = uvicorn.Server(config)
    try:
        server.run(sockets=[sock] if sock is not None else None)
    finally:
        flush()
    return 0 if server.started else 1
