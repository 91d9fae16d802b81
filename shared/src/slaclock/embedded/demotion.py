"""PostgreSQL refuses to run as root: the ways not to be root for one command."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from slaclock.embedded.process import ServerError
from slaclock.embedded.sockets import NOBODY


@dataclass(frozen=True, slots=True)
class Demotion:
    """How to run a command that must not be root.

    Attributes:
        prefix: words before the command.
        owner: uid and gid that must own what the command writes; None: nothing changes hands.
    """

    prefix: tuple[str, ...] = ()
    owner: int | None = None

    def give(self, *paths: Path) -> None:
        """Hand files and directories (whole trees) to the command's user, if it has another."""
        if self.owner is None:
            return
        for path in paths:
            os.chown(path, self.owner, self.owner)
            for inner in path.rglob("*"):
                os.chown(inner, self.owner, self.owner, follow_symlinks=False)


@cache
def demotion() -> Demotion:
    """The best way on this machine: none is needed, a user namespace, or the user `nobody`.

    Raises:
        ServerError: root, and neither is possible.
    """
    if os.geteuid() != 0:
        return Demotion()
    unshare, setpriv = shutil.which("unshare"), shutil.which("setpriv")
    if unshare is not None:
        prefix = (unshare, "--user", "--map-user=1000", "--map-group=1000", "--")
        if _works(prefix):
            return Demotion(prefix)
    if setpriv is not None:
        prefix = (setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")
        if _works(prefix):
            return Demotion(prefix, owner=NOBODY)
    raise ServerError(
        "PostgreSQL does not run as root, and neither unshare nor setpriv works here",
        remedy="Run slaclock as an ordinary user.",
    )


def _works(prefix: tuple[str, ...]) -> bool:
    """Tried once with a command that does nothing: containers often forbid namespaces."""
    tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)  # noqa: S603 - fixed words
    return tried.returncode == 0
