from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from slaclock.testing.commands import Command, commanding
from slaclock.testing.serving import Served


@pytest_asyncio.fixture
async def command(
    served: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Command]:
    """`slaclock` for an admin of the real service, which listens on a port."""
    async with commanding(served, tmp_path / "home", monkeypatch, capsys) as found:
        yield found
