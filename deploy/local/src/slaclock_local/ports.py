"""Ports of the platform: opened here and inherited, so that no restart closes them."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Final, Self

import psutil

from slaclock.embedded.sockets import free_port, is_free
from slaclock_local.refusals import PortTaken

__all__ = ["Listeners", "chosen_port"]

HOST: Final = "127.0.0.1"
BACKLOG: Final = 2048


class Listeners:
    """Listening sockets by name. A child takes its own and closes the others."""

    def __init__(self) -> None:
        self._sockets: dict[str, socket.socket] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for one in self._sockets.values():
            one.close()

    def open(self, name: str, port: int = 0, *, option: str = "") -> int:
        """Listen for *name*; the port, a free one for 0.

        Raises:
            PortTaken: somebody else listens there.
        """
        listening = socket.socket()
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((HOST, port))
            listening.listen(BACKLOG)
        except OSError as error:
            listening.close()
            raise PortTaken(name, port, option, owner_of(port)) from error
        self._sockets[name] = listening
        return self.port(name)

    def port(self, name: str) -> int:
        """Where *name* listens."""
        return int(self._sockets[name].getsockname()[1])

    def socket(self, name: str) -> socket.socket:
        """The listening socket of *name*."""
        return self._sockets[name]

    def others(self, name: str) -> tuple[int, ...]:
        """Descriptors that the child called *name* must close."""
        return tuple(one.fileno() for other, one in self._sockets.items() if other != name)


def chosen_port(port: int, what: str, *, option: str) -> int:
    """*port* itself, or a free one for 0.

    Raises:
        PortTaken: somebody listens there.
    """
    if port == 0:
        return free_port()
    if not is_free(port, HOST):
        raise PortTaken(what, port, option, owner_of(port))
    return port


def owner_of(port: int) -> str | None:
    """Who listens on *port*, as far as this user may know."""
    try:
        for connection in psutil.net_connections("tcp"):
            here = connection.status == psutil.CONN_LISTEN and connection.laddr
            if here and here.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except (psutil.Error, OSError):
        return None
    return None
