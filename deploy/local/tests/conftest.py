from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slaclock_local.testing import PlatformProcess

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def madeup() -> Callable[..., tuple[str, ...]]:
    """The command of a platform of made-up services in a home."""

    def command(home: Path, http_port: int = 0, nats_port: int = 0, *more: str) -> tuple[str, ...]:
        words = (str(HERE / "madeup.py"), str(home), str(http_port), str(nats_port), *more)
        return (sys.executable, *words)

    return command


@pytest.fixture(scope="module")
def platform(
    tmp_path_factory: pytest.TempPathFactory, madeup: Callable[..., tuple[str, ...]]
) -> Iterator[PlatformProcess]:
    """A running platform of made-up services, which tests may hurt but not stop."""
    home = tmp_path_factory.mktemp("platform") / "home"
    with PlatformProcess(home, command=madeup(home)) as process:
        yield process


@pytest.fixture
def mortal(tmp_path: Path, madeup: Callable[..., tuple[str, ...]]) -> Iterator[PlatformProcess]:
    """A running platform for one test, which may stop it."""
    home = tmp_path / "home"
    with PlatformProcess(home, command=madeup(home)) as process:
        yield process
