"""Signals as something to wait for: the supervisor sleeps until one arrives or time is up."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Any, Final, Self

__all__ = ["Signals"]

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """While entered, signals do not interrupt: they end `wait`, and are remembered.

    Attributes:
        stop: the first signal that asked to stop; None while nobody did.
        impatient: somebody asked more than once.
    """

    def __init__(self) -> None:
        self.stop: signal.Signals | None = None
        self.impatient = False
        self._before: dict[signal.Signals, Any] = {}
        self._wakeup_before = -1
        self._read = self._write = -1

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a forked child must close."""
        return (self._read, self._write)

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._wakeup_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in (*_STOPPING, signal.SIGCHLD):
            self._before[number] = signal.signal(number, _noted)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._read)
        os.close(self._write)

    def wait(self, seconds: float, *, beside: tuple[int, ...] = ()) -> None:
        """Sleep until a signal arrives, a descriptor of *beside* is readable, or time is up."""
        readable, _, _ = select.select((self._read, *beside), (), (), max(0.0, seconds))
        if self._read not in readable:
            return
        for byte in os.read(self._read, 512):
            if byte in _STOPPING:
                self.impatient = self.impatient or self.stop is not None
                self.stop = self.stop or signal.Signals(byte)


def _noted(_number: int, _frame: FrameType | None) -> None:
    """Nothing: the interpreter has written the number into the pipe."""
