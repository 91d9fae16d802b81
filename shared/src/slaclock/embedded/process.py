"""Processes: naming one beyond doubt, starting one detached, ending it for certain."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


class ServerError(Exception):
    """A server ended or did not become ready.

    Attributes:
        code: public and stable.
        remedy: one sentence on what to do.
    """

    code = "embedded.server-failed"

    def __init__(self, sentence: str, *, remedy: str) -> None:
        super().__init__(sentence)
        self.remedy = remedy


def program(name: str, *, package: str, remedy: str) -> Path:
    """A program that a wheel brings along: beside the interpreter, or on the path.

    Raises:
        ServerError: *package* is not installed; with *remedy*.
    """
    beside = Path(sys.executable).parent / name
    found = beside if beside.exists() else shutil.which(name)
    if found is None:
        raise ServerError(f"the package {package} is not installed", remedy=remedy)
    return Path(found)


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """One process, told apart from a later one that got the same number.

    Attributes:
        pid: its number.
        started: boot of the machine and clock ticks since then; opaque.
    """

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> ProcessMark:
        """The mark of a living process.

        Raises:
            ProcessLookupError: there is none, or it has ended and waits to be reaped.
        """
        started = _started(pid)
        if started is None:
            raise ProcessLookupError(f"no process {pid}")
        return cls(pid, started)

    def is_alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return _started(self.pid) == self.started

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal to this very process; False when it is gone."""
        if not self.is_alive():
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True


def _started(pid: int) -> str | None:
    """The start of a process that still runs, None otherwise."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.parent.parent.joinpath("self").exists():  # no /proc: another kind of Unix
        try:
            process = psutil.Process(pid)
            dead = process.status() == psutil.STATUS_ZOMBIE
            return None if dead else f"{process.create_time():.2f}"
        except psutil.NoSuchProcess:
            return None
    try:
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] in "ZXx":
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot}/{fields[19]}"


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own (no Ctrl-C reaches it); its output goes to *log*.

    Only the standard streams are inherited. Signals are at their defaults.
    """
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - the caller's own server, no shell
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            env=dict(env) if env is not None else None,
            start_new_session=True,
        )


def until_death_of_parent(number: signal.Signals) -> list[str]:
    """Words before a command, so that it gets signal *number* when its parent dies; may be none.

    It must stand last, right before the command: a change of user forgets the wish.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    return (
        [] if setpriv is None else [setpriv, "--pdeathsig", number.name.removeprefix("SIG"), "--"]
    )


def wait_until(
    condition: Callable[[], bool],
    *,
    timeout: float,
    alive: Callable[[], bool] = lambda: True,
    step: float = 0.01,
) -> bool:
    """Poll *condition* until it holds; False after *timeout* seconds or once *alive* is False."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline or not alive():
            return condition()
        time.sleep(step)
        step = min(step * 1.2, 0.1)
    return True


def end(process: subprocess.Popen[bytes], number: signal.Signals, *, patience: float) -> bool:
    """Ask a process to end, and kill it after *patience* seconds; whether asking was enough."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True


def processes_in(directory: Path, *, named: str) -> list[ProcessMark]:
    """Processes called *named* that work in *directory*: a server with all its children.

    Only what this user may see. PostgreSQL's children leave the process group, but all of
    them work in the data directory, also as orphans.
    """
    here = directory.resolve()
    return _processes(named, lambda process: Path(process.cwd()) == here)


def processes_with(argument: Path, *, named: str) -> list[ProcessMark]:
    """Processes called *named* that were started with *argument*: a server and its file.

    Only what this user may see.
    """
    return _processes(named, lambda process: str(argument) in process.cmdline())


def _processes(named: str, wanted: Callable[[psutil.Process], bool]) -> list[ProcessMark]:
    found: list[ProcessMark] = []
    for process in psutil.process_iter():
        try:
            if named in process.name() and wanted(process):
                found.append(ProcessMark.of(process.pid))
        except (psutil.Error, ProcessLookupError, OSError):
            continue  # ended in between, or another user's: not ours
    return found


def kill_all(find: Callable[[], Iterable[ProcessMark]], *, timeout: float = 10) -> int:
    """Kill whatever *find* finds until it finds nothing; how many there were.

    Raises:
        ServerError: something is still there after *timeout* seconds.
    """
    deadline = time.monotonic() + timeout
    killed: set[ProcessMark] = set()
    while marks := list(find()):
        for mark in marks:
            mark.signal(signal.SIGKILL)
        killed.update(marks)
        if time.monotonic() > deadline:
            pids = ", ".join(str(mark.pid) for mark in marks)
            raise ServerError(
                f"processes {pids} cannot be killed", remedy="End them by hand and start again."
            )
        time.sleep(0.01)
    return len(killed)


def tail(log: Path, lines: int = 3) -> str:
    """The last lines of a log, for an error message; empty when there is none."""
    try:
        text = log.read_bytes()[-4096:].decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])
