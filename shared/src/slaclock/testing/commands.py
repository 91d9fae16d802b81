"""The command line against a real service that a test has started."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from slaclock.cli.main import run
from slaclock.testing.browser import Listening
from slaclock.testing.logs import log_plainly
from slaclock.testing.serving import Served

__all__ = ["Command", "Ran", "commanding"]


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed with --json."""
        return json.loads(self.out)


Command: TypeAlias = Callable[..., Awaitable[Ran]]


@asynccontextmanager
async def commanding(
    served: Served,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Command]:
    """`slaclock` for an admin of *served*, which listens on a port."""
    listening = Listening(served.app)
    await listening.start()
    monkeypatch.setenv("SLACLOCK_URL", f"http://127.0.0.1:{listening.port}")
    monkeypatch.setenv("SLACLOCK_API_KEY", served.key())
    monkeypatch.setenv("SLACLOCK_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "240")

    async def ran(*arguments: object) -> Ran:
        capsys.readouterr()
        code = await asyncio.to_thread(run, [str(one) for one in arguments])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    try:
        yield ran
    finally:
        await listening.stop()
        log_plainly()
