"""The pytest plugin: fixtures of real parts. Registered as an entry point of `slaclock`.

Each server comes from the first of three providers that there is: an address in the environment
(`SLACLOCK_TEST_POSTGRES_URL`, a superuser's; `SLACLOCK_TEST_NATS_URL`, a server that runs from
`python -m slaclock.testing`), containers if an engine answers, the Python wheels.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from time import thread_time
from typing import Any

import pytest
import pytest_asyncio
from nats.aio.client import Client

from slaclock.embedded.postgres import PostgresServer
from slaclock.embedded.sockets import free_port as find_free_port
from slaclock.embedded.temporal import TemporalServer
from slaclock.messaging.provisioning import ensure_topology
from slaclock.store.migrate import Schema
from slaclock.testing.bus import Bus, bus_from_wheel, foreign_bus, remove_streams
from slaclock.testing.containers import (
    NoContainer,
    engine_answers,
    nats_in_container,
    postgres_in_container,
)
from slaclock.testing.databases import (
    Databases,
    ForeignPostgres,
    PostgresLike,
    ServiceLike,
    run_aside,
)
from slaclock.testing.logs import log_plainly
from slaclock.testing.selection import (
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_terminal_summary,
    remember,
)
from slaclock.testing.waiting import eventually as poll

__all__ = ["pytest_addoption", "pytest_collection_modifyitems", "pytest_terminal_summary"]


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    log_plainly()


POSTGRES_URL = "SLACLOCK_TEST_POSTGRES_URL"
NATS_URL = "SLACLOCK_TEST_NATS_URL"


@pytest.fixture(scope="session")
def container_engine() -> bool:
    """Whether containers can be started here, and the environment does not forbid it."""
    return os.environ.get("SLACLOCK_TEST_CONTAINERS", "1") != "0" and engine_answers()


@pytest.fixture(scope="session")
def postgres(
    container_engine: bool,  # noqa: FBT001 - a fixture
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[PostgresLike]:
    """One PostgreSQL server for the session; do not kill it (see `own_postgres`)."""
    if url := os.environ.get(POSTGRES_URL):
        yield ForeignPostgres(url)
        return
    if container_engine:
        try:
            container = postgres_in_container(find_free_port())
        except NoContainer as refusal:
            remember(request.config, f"PostgreSQL came from the wheel: {refusal}")
        else:
            yield container
            container.remove()
            return
    server = PostgresServer(tmp_path_factory.mktemp("postgres"), durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    """A server from the wheel for this test alone, to be killed and started again."""
    server = PostgresServer(tmp_path / "own-postgres", durable=False)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def databases(postgres: PostgresLike) -> Iterator[Databases]:
    """Makes databases on `postgres`; `databases.admin(dsn)` is the superuser's way in."""
    made = Databases(postgres)
    yield made
    made.drop_templates()


@pytest.fixture
def database(databases: Databases) -> Iterator[Callable[[Schema | ServiceLike], str]]:
    """`database(spec)`: the address of a fresh, migrated database, as the application's role.

    A plain call, not awaited; the database goes when the test ends.
    """
    made: list[str] = []

    def create(spec: Schema | ServiceLike) -> str:
        made.append(databases.create(spec))
        return made[-1]

    yield create
    for dsn in made:
        databases.drop(dsn)


@pytest.fixture(scope="session")
def shared_bus(
    container_engine: bool,  # noqa: FBT001 - a fixture
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Bus | None]:
    """A NATS server that all tests share, where a fresh one for each would take too long."""
    if url := os.environ.get(NATS_URL):
        yield foreign_bus(url)
        return
    if container_engine:
        directory = tmp_path_factory.mktemp("nats")
        try:
            bus, container = nats_in_container(directory, find_free_port())
        except NoContainer as refusal:
            remember(request.config, f"NATS came from the wheel: {refusal}")
        else:
            yield bus
            container.remove()
            return
    yield None


@pytest.fixture
def nats_server(shared_bus: Bus | None, tmp_path: Path) -> Iterator[Bus]:
    """A NATS server without streams; `nats_server.access(identity)` says how to connect."""
    if shared_bus is not None:
        shared_bus.start()  # the test before may have killed it
        run_aside(remove_streams(shared_bus))
        yield shared_bus
        return
    directory = tmp_path / "nats"
    directory.mkdir()
    bus = bus_from_wheel(directory)
    yield bus
    bus.kill()


@pytest_asyncio.fixture
async def nats_admin(nats_server: Bus) -> AsyncIterator[Client]:
    """A client that may do anything."""
    client = await nats_server.connect()
    yield client
    await client.close()


@pytest_asyncio.fixture
async def topology(nats_server: Bus) -> Bus:
    """`nats_server` with every stream and consumer of the platform."""
    client = await nats_server.connect("provisioner")
    try:
        async with asyncio.timeout(60):
            await ensure_topology(client)
    finally:
        await client.close()
    return nats_server


@pytest.fixture
def temporal_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TemporalServer]:
    """Temporal's dev server from the wheel, on a file, for this test alone: it may be killed.

    A worker takes two seconds without progress for a deadlock and breaks off whatever its thread
    does, which on a machine with other work may be anything. Here it waits for a minute, and no
    step of a workflow may use two seconds of the processor, which others do not lengthen.
    """
    from temporalio.worker import _workflow  # noqa: PLC0415  an extra that few tests need

    worker, workflow = _workflow._WorkflowWorker, _workflow._RunningWorkflow  # noqa: SLF001  no setting
    opened, activate = worker.__init__, workflow.activate
    allowed: list[float] = []
    spent: list[float] = []

    def patient(self: Any, **named: Any) -> None:
        opened(self, **named)
        allowed.append(self._deadlock_timeout_seconds)
        self._deadlock_timeout_seconds = 60

    def measured(self: Any, act: Any) -> Any:
        begun = thread_time()
        try:
            return activate(self, act)
        finally:
            spent.append(thread_time() - begun)

    monkeypatch.setattr(worker, "__init__", patient)
    monkeypatch.setattr(workflow, "activate", measured)
    log = tmp_path / "temporal.log"
    server = TemporalServer(tmp_path / "temporal.db", port=find_free_port(), log=log)
    server.start()
    yield server
    server.kill()
    if spent and max(spent) > min(allowed):
        pytest.fail(f"a step of a workflow used {max(spent):.1f} s of the processor")


@pytest.fixture
def eventually() -> Callable[..., object]:
    """The helper that polls until something is true; see `slaclock.testing.waiting`."""
    return poll


@pytest.fixture
def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on."""
    return find_free_port()
