"""Why an embedded platform does not start, each with its remedy.

What the user can put right by other words or another place ends the command with exit code 2
(`Refusal`), a part that does not run with 3 (`NotReachable`).
"""

from __future__ import annotations

from pathlib import Path

from slaclock.cli.exits import NotReachable
from slaclock.embedded.process import ServerError
from slaclock.embedded.temporal import binary
from slaclock.errors import Fault, Refusal
from slaclock.extras import check_timer_backend
from slaclock.settings import InvalidSettings, PlatformSettings, TimerBackend

__all__ = [
    "AlreadyRunning",
    "HomeUnusable",
    "PartFailed",
    "PortTaken",
    "Stopped",
    "check_temporal",
]


class AlreadyRunning(Refusal):
    """Another `up` works with this home."""

    code = "home.in-use"

    def __init__(self, home: Path, pid: int | None, http: str | None) -> None:
        who = f"process {pid}" if pid else "another process"
        where = f", answering at {http}" if http else ""
        super().__init__(
            f"a platform already runs in {home} ({who}{where}); stop it first, or choose another "
            "home by SLACLOCK_HOME"
        )


class HomeUnusable(Refusal):
    """The home cannot be written, or has no room."""

    code = "home.unusable"

    def __init__(self, home: Path, reason: str) -> None:
        super().__init__(
            f"the home {home} cannot be used: {reason}; choose another by SLACLOCK_HOME"
        )


class PortTaken(Refusal):
    """Somebody else listens on a port."""

    code = "port.taken"

    def __init__(self, what: str, port: int, option: str, owner: str | None) -> None:
        whose = f" by {owner}" if owner else ""
        super().__init__(
            f"port {port} for {what} is taken{whose}; choose another with {option} PORT (0 takes a"
            " free one), or stop who uses it"
        )


class PartFailed(NotReachable):
    """A part of the platform does not come up."""

    code = "platform.part-failed"


class Stopped(Exception):  # noqa: N818 - a request, not an error
    """Somebody asked the platform to stop (Ctrl-C, SIGTERM) while something was under way.

    Attributes:
        exit_code: what the command should end with.
    """

    def __init__(self, exit_code: int) -> None:
        super().__init__("asked to stop")
        self.exit_code = exit_code


def check_temporal(settings: PlatformSettings, *, server: bool) -> None:
    """Refuse wake-ups by Temporal where they cannot work, before anything is started.

    Args:
        settings: of the command.
        server: whether to run the dev server here, too; then its address need not be known.

    Raises:
        InvalidSettings: the client or the server is not installed, or no address is known.
    """
    if not server:
        check_timer_backend(settings)
        return
    here = {"timer_backend": TimerBackend.TEMPORAL, "temporal_address": "127.0.0.1:0"}
    check_timer_backend(settings.model_copy(update=here))
    try:
        binary()
    except ServerError as error:
        code = "settings.extra-missing"
        fault = Fault("--temporal", None, str(error), error.remedy, code)
        raise InvalidSettings(faults=[fault]) from error
