"""The whole platform on this machine: `with Platform(home) as platform: platform.supervise()`."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from slaclock.cli.output import note
from slaclock.embedded.process import ProcessMark, ServerError, kill_all
from slaclock.embedded.sockets import forget_socket_directory, free_port
from slaclock.home import Runtime
from slaclock.service import ServiceSpec, discover
from slaclock_local.credentials import make_first_credentials
from slaclock_local.forking import fork
from slaclock_local.layout import Layout, out_of_room, write_private
from slaclock_local.logs import trim_logs
from slaclock_local.parts import Parts
from slaclock_local.ports import Listeners, chosen_port
from slaclock_local.refusals import PartFailed, Stopped
from slaclock_local.signals import Signals
from slaclock_local.supervisor import Supervisor

__all__ = ["Platform"]

SERVERS: Final = ("nats", "temporal", "postgres")
STOP_ORDER: Final = (("front",), ("service",), *((name,) for name in SERVERS))
HOUSEKEEPING: Final = 30.0
"""Seconds between looks at the disk and the logs."""
READY_WITHIN: Final = 180.0
"""Seconds for each stage of the start, on a busy machine and after a crash."""


class Platform:
    """Starts everything on entry, stops everything on exit, and watches in between.

    The process that enters it must have one thread and no event loop: it forks the services, also
    later when one of them has died. Signals that ask to stop end `supervise` and `run`.

    Args:
        home: directory of all its files; made when missing.
        http_port: of the front listener; 0 takes a free one.
        nats_port: of the broker; 0 takes a free one.
        temporal: run Temporal, too, and have it wake tickets.
        say: prints one line for people.
        services: what to run, by name; the installed services when None.
    """

    def __init__(  # noqa: PLR0913 - each by its name
        self,
        home: Path,
        *,
        http_port: int = 8080,
        nats_port: int = 4222,
        temporal: bool = False,
        say: Callable[[str], None] | None = None,
        services: Mapping[str, Callable[[], ServiceSpec]] | None = None,
    ) -> None:
        self.layout = Layout(home)
        self._services = services
        self._ports = (http_port, nats_port)
        self._with_temporal = temporal
        self._say = say or (lambda line: note(f"slaclock: {line}"))
        self._stack = ExitStack()
        self._signals = Signals()
        self._supervisor = Supervisor(self._signals, self._say, self._keep_marks)
        self._looked_at = 0.0
        self._warned = False
        self.runtime = Runtime("", "", os.getpid())

    def __enter__(self) -> Self:
        """Start the platform, and return when it is ready.

        Raises:
            AlreadyRunning, HomeUnusable, PortTaken: see there.
            PartFailed: a part does not come up.
            Stopped: somebody asked to stop in the meantime.
        """
        with ExitStack() as stack:
            self._lock = stack.enter_context(self.layout.locked())
            stack.enter_context(self._signals)
            with self.layout.usable():
                try:
                    self._start(stack)
                except ServerError as error:
                    raise PartFailed(f"{error}; {error.remedy}") from error
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def credentials(self) -> Mapping[str, object]:
        """Credentials of the first tenant."""
        return self.layout.home.credentials() or {}

    def supervise(self) -> int:
        """Watch and restart until somebody asks to stop; the exit code for the command."""
        return self._until(lambda: False)

    def run(self, work: Callable[[], int]) -> int:
        """Run *work* in a child on this terminal while the platform is watched; its exit code.

        Ctrl-C reaches the child as SIGINT; it has 10 seconds to end.
        """
        child = fork(work, log=None, close=self._private())
        code = self._until(lambda: child.poll() is not None)
        if (done := child.poll()) is not None:
            return 128 - done if done < 0 else done
        child.send_signal(signal.SIGINT)
        deadline = time.monotonic() + 10
        while child.poll() is None and time.monotonic() < deadline:
            self._supervisor.tick(0.05)
        child.send_signal(signal.SIGKILL)
        return code

    def _until(self, condition: Callable[[], bool]) -> int:
        def look() -> bool:
            self._keep_house()
            return condition()

        try:
            self._supervisor.wait(look, step=0.25)
        except Stopped as stopped:
            return stopped.exit_code
        return 0

    def _start(self, stack: ExitStack) -> None:
        began = time.monotonic()
        self._clear_leftovers()
        http_port, nats_port = self._ports
        listeners = stack.enter_context(Listeners())
        front = listeners.open("front", http_port, option="--port")
        nats_port = chosen_port(nats_port, "NATS", option="--nats-port")
        temporal_port = free_port() if self._with_temporal else None
        make_first_credentials(self.layout)
        parts = Parts(
            self.layout,
            listeners,
            nats_port,
            self._private,
            discover() if self._services is None else self._services,
            temporal_port,
        )
        stack.callback(self.layout.forget_run)
        stack.callback(self._stop)
        self._supervisor.start(*parts.servers())
        specs = parts.load_services()  # the imports take as long as the servers need
        gc.collect()
        gc.freeze()  # what is imported stays shared with the children
        self._supervisor.wait_ready(timeout=READY_WITHIN)
        self._prepare(parts)
        self._supervisor.start(*(parts.service(spec) for spec in specs))
        self._supervisor.start(parts.front(front))
        self._supervisor.wait_ready(timeout=READY_WITHIN)
        self._supervisor.started = True
        self.runtime = Runtime(
            f"http://127.0.0.1:{front}",
            f"nats://127.0.0.1:{nats_port}",
            os.getpid(),
            None if temporal_port is None else f"127.0.0.1:{temporal_port}",
        )
        write_private(self.layout.home.runtime_file, self.runtime.document())
        self._say(f"ready after {time.monotonic() - began:.1f} s")

    def _prepare(self, parts: Parts) -> None:
        """Streams, consumers, roles and tables, side by side in children."""
        jobs = {
            name: fork(job, log=self.layout.log("prepare"), close=self._private())
            for name, job in parts.preparations().items()
        }
        try:
            self._supervisor.wait(lambda: all(job.poll() is not None for job in jobs.values()))
        finally:
            for job in jobs.values():
                job.send_signal(signal.SIGKILL)
        if failed := [name for name, job in jobs.items() if job.poll() != 0]:
            log = self.layout.log("prepare")
            words = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise PartFailed(f"{', '.join(failed)} could not be prepared: {words}; see {log}")

    def _clear_leftovers(self) -> None:
        """After a crash: end what still runs, forget what it said."""
        left = self.layout.read_processes()
        alive = {part: mark for part, mark in left.items() if mark.is_alive()}
        if alive:
            kill_all(lambda: [mark for mark in alive.values() if mark.is_alive()])
        if self.layout.processes_file.exists():
            names = ", ".join(f"{part} (pid {mark.pid})" for part, mark in alive.items())
            ended = (
                f"ended what it left running: {names}" if names else "nothing of it runs any more"
            )
            self._say(f"the last run was cut off; {ended}; continuing with its data")
        self.layout.forget_run()
        shutil.rmtree(self.layout.path / "postgres" / "data.new", ignore_errors=True)

    def _keep_marks(self, marks: dict[str, ProcessMark]) -> None:
        with suppress(OSError):  # a full disk must not stop the watch; the lock still protects us
            self.layout.write_processes({"slaclock": ProcessMark.of(os.getpid()), **marks})

    def _keep_house(self) -> None:
        if time.monotonic() - self._looked_at < HOUSEKEEPING:
            return
        self._looked_at = time.monotonic()
        trim_logs(self.layout.logs)
        warning = out_of_room(self.layout.path)
        if warning is not None and not self._warned:
            self._say(f"{warning}; make room, or events will be refused")
        self._warned = warning is not None

    def _private(self) -> tuple[int, ...]:
        """Descriptors that no child may keep."""
        return (self._lock, *self._signals.descriptors)

    def _stop(self) -> None:
        names = {part.name for part in self._supervisor.parts}
        services = names - {"front", *SERVERS}
        groups = [services if group == ("service",) else group for group in STOP_ORDER]
        began = time.monotonic()
        self._supervisor.stop(groups)
        forget_socket_directory(self.layout.postgres / "run")
        if names:
            self._say(f"stopped after {time.monotonic() - began:.1f} s")
