"""Running a command as an ordinary user, also when the tests themselves run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from slaclock.embedded.sockets import NOBODY

_READ_ANYTHING = ("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search")


@dataclass(frozen=True, slots=True)
class OrdinaryUser:
    """Somebody who is not root.

    Attributes:
        home: an empty directory that belongs to them.
        prefix: words before a command that make it theirs.
        environment: what their commands get.
    """

    home: Path
    prefix: tuple[str, ...]
    environment: Mapping[str, str]

    def command(self, words: Sequence[str | Path]) -> list[str]:
        """*words* as this user's command, for `subprocess`."""
        return [*self.prefix, *map(str, words)]

    def run(
        self, words: Sequence[str | Path], *, stdin: str = "", timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end (at most *timeout* seconds) in their home."""
        return subprocess.run(  # noqa: S603 - the test's own command, no shell
            self.command(words),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=self.home,
            env=dict(self.environment),
            check=False,
        )


@contextmanager
def as_ordinary_user() -> Iterator[OrdinaryUser]:
    """An ordinary user with a short home that vanishes afterwards.

    As root that is `nobody`. Where root keeps its interpreter for itself (mode 0700), the command
    keeps the right to *read* anything, as a stand-in for an interpreter that all may run; it can
    write only what is its own. Skips the test where neither is possible.
    """
    home = Path(tempfile.mkdtemp(prefix="slaclock-user-"))
    try:
        prefix: tuple[str, ...] = ()
        if os.geteuid() == 0:
            prefix = _leaving_root()
            os.chown(home, NOBODY, NOBODY)
        environment = {**os.environ, "HOME": str(home), "TMPDIR": str(home), "USER": "nobody"}
        yield OrdinaryUser(home, prefix, environment)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _leaving_root() -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root, and no setpriv to become an ordinary user")
    become = (setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    for prefix in (become, (*become, *_READ_ANYTHING)):
        words = [*prefix, "--", "env", sys.executable, "-c", "import slaclock.errors"]
        tried = subprocess.run(words, capture_output=True, check=False)  # noqa: S603 - fixed words
        if tried.returncode == 0:
            return (*prefix, "--")
    pytest.skip("an ordinary user cannot run this interpreter")
