"""Asking a service whether it is ready, without ever waiting for the answer."""

from __future__ import annotations

import json
import select
import socket
import time
from contextlib import suppress
from typing import Final

__all__ = ["ReadinessProbe"]

_QUESTION: Final = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

REST: Final = 0.05
"""Seconds between an answer that says no and the next question."""


class ReadinessProbe:
    """One question at a time to the service that listens on *port* of this machine.

    Its listening socket exists before the service does, so a question may wait in the queue: it is
    sent once, and looked after with `is_ready` until the answer comes.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._asked: socket.socket | None = None
        self._rest_until = 0.0
        self.waiting_for = "its first answer"

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What becomes readable when the answer comes."""
        return () if self._asked is None else (self._asked.fileno(),)

    def is_ready(self) -> bool:
        """Whether the service has answered that it is; asks (again) when there is no answer yet."""
        if self._asked is None:
            if time.monotonic() >= self._rest_until:
                self._ask()
            return False
        if not select.select([self._asked], (), (), 0)[0]:
            return False
        answer = b""
        with suppress(OSError):
            answer = self._asked.recv(4096)
        self.forget()
        self._rest_until = time.monotonic() + REST
        status = answer.split(b" ", 2)[1:2]
        if status != [b"200"]:
            self.waiting_for = _waiting_for(answer.partition(b"\r\n\r\n")[2])
        return status == [b"200"]

    def forget(self) -> None:
        """Give up the question under way: whoever was asked has gone."""
        if self._asked is not None:
            self._asked.close()
            self._asked = None

    def _ask(self) -> None:
        connection = socket.socket()
        try:
            connection.settimeout(0.5)
            connection.connect(("127.0.0.1", self._port))
            connection.sendall(_QUESTION)
        except OSError:
            connection.close()
            return
        self._asked = connection


def _waiting_for(body: bytes) -> str:
    """What a service that is not ready says that it waits for."""
    try:
        return ", ".join(map(str, json.loads(body)["waiting_for"]))
    except (ValueError, KeyError, TypeError):
        return "something that it does not name"
