from __future__ import annotations

from collections.abc import Iterator

import pytest

from slaclock_local.testing import PlatformProcess

from .client import Systems
from .sink import Sink


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with Sink() as found:
        yield found


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, sink: Sink) -> Iterator[PlatformProcess]:
    """The whole platform, as `slaclock up` runs it."""
    environment = {
        "SLACLOCK_WEBHOOK_ALLOW": sink.address,
        "SLACLOCK_ESCALATION_SETTLE_SECONDS": "0.5",
    }
    home = tmp_path_factory.mktemp("platform") / "home"
    with PlatformProcess(home, environment=environment) as running:
        yield running


@pytest.fixture
def systems(platform: PlatformProcess, request: pytest.FixtureRequest) -> Iterator[Systems]:
    """A tenant of this test's own."""
    name = request.node.name.replace("_", "-")[:60].strip("-").lower()
    found = Systems(platform, name)
    yield found
    found.http.close()
