"""For tests of the whole platform: `slaclock up` as a process that can be watched and hurt."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from slaclock.embedded.process import ProcessMark, kill_all, processes_in, wait_until
from slaclock.home import Runtime
from slaclock_local.layout import Layout

__all__ = ["SLACLOCK", "PlatformProcess"]

SLACLOCK: Final = (sys.executable, "-c", "from slaclock.cli.main import main; main()")
"""The `slaclock` command of this interpreter."""


class PlatformProcess:
    """A platform in a process of its own, started on entry and killed on exit if still there.

    Args:
        home: its `SLACLOCK_HOME`.
        command: what to run; `slaclock up` on free ports when None.
        prefix: words before the command, such as those that make it an ordinary user's.
        environment: added to this process's.
        patience: seconds until it must be ready.
    """

    def __init__(
        self,
        home: Path,
        *,
        command: Sequence[str | Path] | None = None,
        prefix: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        patience: float = 180,
    ) -> None:
        self.layout = Layout(home)
        words = command or (*SLACLOCK, "up", "--port", "0", "--nats-port", "0")
        self._command = [*prefix, *map(str, words)]
        self._environment = {
            **os.environ,
            **(environment or {}),
            "SLACLOCK_HOME": str(self.layout.path),
        }
        self._patience = patience
        self._said = self.layout.path.parent / f"{self.layout.path.name}.said"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it and wait until it is ready."""
        self.launch()
        process = self.process

        def ready() -> bool:
            runtime = self.layout.home.runtime()
            return runtime is not None and runtime.pid == process.pid

        if not wait_until(ready, timeout=self._patience, alive=lambda: process.poll() is None):
            self.kill_everything()
            raise AssertionError(f"the platform did not become ready: {self.said()}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            try:
                self.stop()
            except AssertionError:
                self.kill_everything()
                raise
        self.kill_everything()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process of the command."""
        if self._process is None:
            raise ValueError("not launched")
        return self._process

    @property
    def runtime(self) -> Runtime:
        """Where it answers."""
        found = self.layout.home.runtime()
        assert found is not None, self.said()  # noqa: S101 - for tests
        return found

    @property
    def credentials(self) -> Mapping[str, Any]:
        """Of its first tenant."""
        return self.layout.home.credentials() or {}

    def launch(self) -> None:
        """Start it without waiting."""
        with self._said.open("ab") as said:
            self._process = subprocess.Popen(  # noqa: S603 - the command under test
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=self._environment,
                cwd=self.layout.path.parent,
                start_new_session=True,
            )

    def said(self) -> str:
        """Everything that the command has printed so far."""
        return self._said.read_text(encoding="utf-8") if self._said.exists() else ""

    def says(self, words: str, *, times: int = 1, timeout: float = 60) -> str:
        """Wait until the command has printed *words*; the last line that has them."""
        found = wait_until(lambda: self.said().count(words) >= times, timeout=timeout)
        assert found, f"no {words!r} in: {self.said()}"  # noqa: S101 - for tests
        return [line for line in self.said().splitlines() if words in line][-1]

    def marks(self) -> Mapping[str, ProcessMark]:
        """Its processes by part: `slaclock` (the parent), `nats`, `postgres`, `front`, services."""
        return self.layout.read_processes()

    def kill(self, part: str, number: signal.Signals = signal.SIGKILL) -> ProcessMark:
        """Send a signal to one part; who it was."""
        mark = self.marks()[part]
        assert mark.signal(number), f"{part} does not run"  # noqa: S101 - for tests
        return mark

    def kill_postgres(self) -> ProcessMark:
        """Kill the database server with all its children at once; who it was."""
        before = self.marks()["postgres"]
        for mark in processes_in(self.layout.postgres / "data", named="postgres"):
            mark.signal(signal.SIGKILL)
        return before

    def restarted(self, part: str, before: ProcessMark, *, timeout: float = 60) -> ProcessMark:
        """Wait until *part* is another process than *before*, and ready; who it is now."""

        def other() -> bool:
            mark = self.marks().get(part)
            return mark is not None and mark != before and mark.is_alive()

        assert wait_until(other, timeout=timeout), self.said()  # noqa: S101 - for tests
        mark = self.marks()[part]
        self.says(f"{part} (pid {mark.pid}) is ready again", timeout=timeout)
        return mark

    def stop(self, number: signal.Signals = signal.SIGTERM, *, timeout: float = 90) -> int:
        """Ask it to stop; its exit code.

        Raises:
            AssertionError: it does not end in time.
        """
        self.process.send_signal(number)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the platform does not stop: {self.said()}") from None

    def kill_everything(self) -> None:
        """Leave nothing behind, whatever happened."""
        marks = list(self.marks().values())
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        kill_all(lambda: [mark for mark in marks if mark.is_alive()])
        kill_all(lambda: processes_in(self.layout.postgres / "data", named="postgres"))

    def memory(self) -> Mapping[str, int]:
        """Bytes of memory by part, shared pages counted once (PSS); children included."""
        found: dict[str, int] = {}
        data = self.layout.postgres / "data"
        for part, mark in self.marks().items():
            marks = [mark] if part != "postgres" else processes_in(data, named="postgres")
            found[part] = sum(map(_pss, marks))
        return found


def _pss(mark: ProcessMark) -> int:
    rollup = Path(f"/proc/{mark.pid}/smaps_rollup").read_text(encoding="ascii")
    kib = (int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return sum(kib) * 1024


def run_slaclock(
    *words: str, home: Path, prefix: Sequence[str] = (), timeout: float = 180
) -> subprocess.CompletedProcess[str]:
    """Run a `slaclock` command to its end."""
    return subprocess.run(  # noqa: S603 - the command under test
        [*prefix, *SLACLOCK, *words],
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "SLACLOCK_HOME": str(home)},
        cwd=home.parent,
        check=False,
    )


def json_of(done: subprocess.CompletedProcess[str]) -> Any:
    """The JSON document that a command printed."""
    return json.loads(done.stdout)
