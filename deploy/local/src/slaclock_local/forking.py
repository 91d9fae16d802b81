"""Processes forked from this one: they share its imported libraries and start in no time."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, Protocol

__all__ = ["Forked", "Running", "fork"]

_PR_SET_PDEATHSIG: Final = 1
_FAULT: Final = 70


class Running(Protocol):
    """A process that was started; `subprocess.Popen` is one, too."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Exit code (negative: the signal that ended it), None while it runs."""

    def send_signal(self, sig: int) -> None:
        """Signal it; nothing happens when it has ended."""


class Forked:
    """A child made by `fork`.

    Args:
        pid: its number.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Exit code (negative: the signal that ended it), None while it runs."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def send_signal(self, sig: int) -> None:
        """Signal it; nothing happens when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)


def fork(
    work: Callable[[], int],
    *,
    log: Path | None,
    environment: Mapping[str, str] | None = None,
    close: Iterable[int] = (),
) -> Forked:
    """Run *work* in a child and end it with the exit code that *work* answers.

    The caller must have one thread only and no event loop. The child leads a session of its own
    (a Ctrl-C does not reach it), is killed when this process dies, and has default signal handlers.

    Args:
        work: what the child does; an exception is written to its standard error, code 70.
        log: standard output and error are appended here; None leaves them as they are.
        environment: variables that only the child gets.
        close: file descriptors that the child must not keep.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return Forked(pid)
    code = _FAULT
    try:
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before we could ask to be told
            os._exit(_FAULT)
        _become_ordinary(log, close)
        os.environ.update(environment or {})
        code = work()
    except BaseException:  # noqa: BLE001 - a child ends here, whatever happened
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _become_ordinary(log: Path | None, close: Iterable[int]) -> None:
    """Shed what belongs to the parent: session, signals, standard streams, descriptors."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    if log is not None:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
    for descriptor in close:
        os.close(descriptor)


def ended(process: Running, deadline: float) -> bool:
    """Wait until *process* has ended, at most until *deadline* (monotonic seconds)."""
    step = 0.005
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
        step = min(step * 1.5, 0.05)
    return True
