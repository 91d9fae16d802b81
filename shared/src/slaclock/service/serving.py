"""Runs one service in this process until it is told to stop."""

from __future__ import annotations

import gc
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from slaclock.errors import Fault, Refusal
from slaclock.service.spec import ServiceSpec
from slaclock.settings import PlatformSettings
from slaclock.telemetry import configure_logging, configure_tracing

__all__ = ["CannotListen", "bind", "serve"]


class CannotListen(Refusal):
    """The address cannot be listened on."""

    code = "address.unusable"

    def __init__(self, host: str, port: int, error: OSError) -> None:
        remedy = "choose another port (0 takes a free one), or stop who uses it"
        reason = error.strerror or str(error)
        super().__init__(faults=[Fault("address", f"{host}:{port}", reason, remedy, self.code)])


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

    Raises:
        CannotListen: the address is taken, or not ours.
    """
    settings = settings or PlatformSettings.load()
    sock = sock or bind(host, port)
    configure_logging(spec.name, settings.log_level)
    flush = configure_tracing(spec.name)
    config = uvicorn.Config(
        spec.build(settings),
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
    _collect_less_often()
    try:
        with _ends_quietly():
            server.run(sockets=[sock])
    finally:
        flush()
    return 0 if server.started else 1


def bind(host: str, port: int) -> socket.socket:
    """A listening place on *host* and *port*.

    Raises:
        CannotListen: the address is taken, or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise CannotListen(host, port, error) from error
    return sock


def _collect_less_often() -> None:
    """Spare the collector of cycles what it cannot collect.

    What has been imported stays for ever, and a batch of messages makes tens of thousands of
    objects that live until its commit: with the defaults they take an eighth of a batch's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@contextmanager
def _ends_quietly() -> Iterator[None]:
    """Let the process go on to its exit code after the server has stopped.

    The server raises the signal that stopped it again, for whoever handled it before: by default
    that would kill the process in the middle of its last words.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _ignored) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignored(_number: int, _frame: FrameType | None) -> None:
    """The server has dealt with it."""
