"""Keeps the parts of a platform running: starts, watches, restarts and stops their processes.

Synchronous, one thread, no event loop, so that it may fork at any time.
"""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from slaclock.embedded.process import ProcessMark, ServerError, tail
from slaclock_local.forking import Running, ended
from slaclock_local.refusals import PartFailed, Stopped
from slaclock_local.signals import Signals

__all__ = ["Part", "Supervisor"]

COMPLAINT: Final = re.compile(r"FATAL|PANIC|\[FTL\]|\[ERR\]|Error: |\"level\": \"error\"")
"""What a line looks like in which PostgreSQL, nats-server or a service says why it ends."""
STARTS: Final = 3
"""Attempts of a part to come up before the platform gives up starting."""
STEADY: Final = 10.0
"""Seconds that a part must run to be started again at once."""
UNREADY_PATIENCE: Final = 3.0
"""Seconds that a part has to end which has nothing to finish: it was still starting."""
LONGEST_DELAY: Final = 15.0
"""Seconds between two starts of a part that keeps failing, at most."""


@dataclass(slots=True, eq=False)
class Part:
    """One process of the platform.

    Attributes:
        name: for people, logs and the file of processes.
        launch: starts it, clearing what its predecessor left.
        is_ready: asked until it says yes; returns at once.
        log: where it writes.
        descriptors: file descriptors that become readable when `is_ready` may have changed.
        forget: told that the process is gone.
        waits_for: why it is not ready yet, for people.
        stop_with: the signal that asks it to end.
        patience: seconds that it has to end.
        process: the present one.
        ready: whether it has been ready since it was launched.
        launched_at: monotonic seconds.
        retry_at: monotonic seconds when it is to be launched again.
        failures: ends in a row without a steady run.
        restarts: how often it was launched again.
    """

    name: str
    launch: Callable[[], Running]
    is_ready: Callable[[], bool]
    log: Path
    descriptors: Callable[[], tuple[int, ...]] = tuple
    forget: Callable[[], None] = lambda: None
    waits_for: Callable[[], str] = lambda: "its first answer"
    stop_with: signal.Signals = signal.SIGTERM
    patience: float = 15.0
    process: Running | None = None
    ready: bool = False
    launched_at: float = 0.0
    retry_at: float | None = None
    failures: int = 0
    restarts: int = 0


@dataclass(slots=True)
class Supervisor:
    """Watches parts until it is told to stop.

    Attributes:
        signals: entered by the caller.
        say: prints one line for people.
        changed: told after each launch, with the marks of all that runs.
        parts: in the order of their starts.
        started: whether the platform has been ready: from then on nothing is given up.
    """

    signals: Signals
    say: Callable[[str], None]
    changed: Callable[[dict[str, ProcessMark]], None]
    parts: list[Part] = field(default_factory=list)
    started: bool = False

    def start(self, *parts: Part) -> None:
        """Launch *parts*; `wait_ready` tells when they serve."""
        for part in parts:
            self.parts.append(part)
            self._launch(part)

    def wait_ready(self, *, timeout: float) -> None:
        """Look after all parts until each is ready.

        Raises:
            PartFailed: one does not come up, or not within *timeout* seconds.
            Stopped: somebody asked to stop.
        """
        deadline = time.monotonic() + timeout
        self.wait(lambda: all(part.ready for part in self.parts) or time.monotonic() > deadline)
        if late := [part for part in self.parts if not part.ready]:
            names = " and ".join(f"{part.name} (waits for {part.waits_for()})" for part in late)
            raise PartFailed(
                f"{names} did not become ready within {timeout:g} s; see {late[0].log}"
            )

    def wait(self, condition: Callable[[], bool], *, step: float = 0.02) -> None:
        """Look after all parts until *condition* holds; it is asked every *step* seconds.

        Raises:
            PartFailed: a part does not come up at the platform's start.
            Stopped: somebody asked to stop.
        """
        while not condition():
            self.tick(step)
            if self.signals.stop is not None:
                raise Stopped(130 if self.signals.stop is signal.SIGINT else 0)

    def tick(self, seconds: float) -> None:
        """Sleep for *seconds*, or until something happens, and deal with it."""
        now = time.monotonic()
        retries = [part.retry_at - now for part in self.parts if part.retry_at is not None]
        if any(part.process is not None and not part.ready for part in self.parts):
            seconds = min(seconds, 0.02)
        watched = [fd for part in self.parts if not part.ready for fd in part.descriptors()]
        self.signals.wait(min([seconds, *retries]), beside=tuple(watched))
        for part in self.parts:
            self._look_after(part)

    def stop(self, groups: Sequence[Iterable[str]]) -> None:
        """End all parts: group after group, the members of a group together.

        Whoever does not end in time, or at all when somebody asks twice, is killed.
        """
        ordered = [[part for part in self.parts if part.name in group] for group in groups]
        for group in [*ordered, self.parts]:
            running = [part for part in group if part.process is not None]
            for part in running:
                _running(part).send_signal(part.stop_with)
            asked_at = time.monotonic()
            for part in running:
                self._see_out(part, asked_at)

    def _see_out(self, part: Part, asked_at: float) -> None:
        process = _running(part)
        deadline = asked_at + (part.patience if part.ready else UNREADY_PATIENCE)
        while not ended(process, min(deadline, time.monotonic() + 0.1)):
            self.signals.wait(0)
            if time.monotonic() > deadline or self.signals.impatient:
                self.say(f"{part.name} (pid {process.pid}) does not end; killing it")
                process.send_signal(signal.SIGKILL)
                ended(process, time.monotonic() + 10)
                break
        part.forget()
        part.process, part.ready, part.retry_at = None, False, None

    def _launch(self, part: Part) -> None:
        part.ready, part.retry_at, part.launched_at = False, None, time.monotonic()
        try:
            part.process = part.launch()
        except (OSError, ServerError) as error:
            if not self.started:
                raise
            self._failed(part, f"{part.name} cannot be started: {error}")
            return
        marks: dict[str, ProcessMark] = {}
        for one in self.parts:
            if one.process is not None and one.process.poll() is None:
                marks[one.name] = ProcessMark.of(one.process.pid)
        self.changed(marks)

    def _look_after(self, part: Part) -> None:
        if part.process is None:
            if part.retry_at is not None and time.monotonic() >= part.retry_at:
                part.restarts += 1
                self._launch(part)
            return
        code = part.process.poll()
        if code is not None:
            self._died(part, code)
        elif not part.ready and part.is_ready():
            part.ready = True
            if part.restarts and self.started:
                took = time.monotonic() - part.launched_at
                self.say(f"{part.name} (pid {part.process.pid}) is ready again after {took:.1f} s")

    def _died(self, part: Part, code: int) -> None:
        pid = _running(part).pid
        part.process = None
        part.forget()
        if part.ready and time.monotonic() - part.launched_at > STEADY:
            part.failures = 0
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        self._failed(part, f"{part.name} (pid {pid}) {how}{_last_words(part) if code > 0 else ''}")

    def _failed(self, part: Part, sentence: str) -> None:
        part.ready = False
        part.failures += 1
        if not self.started and part.failures >= STARTS:
            raise PartFailed(f"{sentence}; gave up after {STARTS} attempts, see {part.log}")
        delay = 0.0 if part.failures == 1 else min(0.2 * 2**part.failures, LONGEST_DELAY)
        part.retry_at = time.monotonic() + delay
        when = "now" if delay == 0 else f"in {delay:.1f} s"
        self.say(f"{sentence}; starting it again {when}")


def _running(part: Part) -> Running:
    if part.process is None:
        raise ValueError(f"{part.name} does not run")
    return part.process


def _last_words(part: Part) -> str:
    """The last complaint in its log, or else the last line."""
    lines = tail(part.log, 20).splitlines()
    words = next((line for line in reversed(lines) if COMPLAINT.search(line)), "".join(lines[-1:]))
    return f" ({words[-300:]})" if words else ""
