from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import pytest_asyncio

from slaclock.cli.main import run
from slaclock.testing.browser import Listening
from slaclock.testing.logs import log_plainly
from slaclock.testing.serving import Served


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command: TypeAlias = Callable[..., Awaitable[Ran]]


@pytest.fixture(autouse=True)
def _logs_of_each_test_alone() -> Iterator[None]:
    yield
    log_plainly()


@pytest_asyncio.fixture
async def command(
    served: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Command]:
    """`slaclock` for an admin of the real service, which listens on a port."""
    listening = Listening(served.app)
    await listening.start()
    monkeypatch.setenv("SLACLOCK_URL", f"http://127.0.0.1:{listening.port}")
    monkeypatch.setenv("SLACLOCK_API_KEY", served.key())
    monkeypatch.setenv("SLACLOCK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "240")

    async def ran(*arguments: object) -> Ran:
        capsys.readouterr()
        code = await asyncio.to_thread(run, [str(one) for one in arguments])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    yield ran
    await listening.stop()
