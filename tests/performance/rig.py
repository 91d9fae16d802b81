"""A real NATS server and a real, durable PostgreSQL for one run, and what runs on them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import psutil
from nats.aio.client import Client
from tests.performance.measuring import Meter

from slaclock.auth import Role
from slaclock.auth.keys import mint, write_keys
from slaclock.embedded.nats import NatsServer
from slaclock.embedded.postgres import PostgresServer
from slaclock.embedded.process import end, tail
from slaclock.messaging.outbox import Outgoing
from slaclock.messaging.provisioning import ensure_topology
from slaclock.messaging.publishing import BATCH_LIMIT, publish_batch
from slaclock.testing import eventually, free_port
from slaclock.testing.bus import Bus, password_of, server_config
from slaclock.testing.databases import Databases
from ticket_clock_service.main import service

__all__ = ["BASELINE", "BASELINE_WITH_JSON", "ROOT", "SERVICE", "Rig", "Runner", "postgres_server"]

ROOT: Final = Path(__file__).parents[2]
STREAM, DURABLE = "TICKETS", "ticket-clock--reconcile"
KEYS: Final = "api-keys.json"

SERVICE: Final = (
    sys.executable,
    *("-c", "from slaclock.cli.main import main; main()"),
    *("serve", "ticket-clock", "--port", "{port}"),
)
"""The service as it runs in production; `{port}` is filled in."""

BASELINE: Final = (sys.executable, "-m", "tests.performance.baseline", "{plan}")
BASELINE_WITH_JSON: Final = (*BASELINE, "--with-json")

PATIENCE: Final = 600.0
"""Seconds that anything may take on a busy machine."""


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A durable server from the wheel, for the whole bench."""
    with tempfile.TemporaryDirectory(prefix="slaclock-bench-") as directory:
        server = PostgresServer(Path(directory) / "postgres")
        server.start()
        try:
            yield server
        finally:
            server.stop()


@dataclass(frozen=True, slots=True)
class Runner:
    """A process that consumes ticket facts.

    Attributes:
        process: the service, or what stands in for it.
        log: what it says.
        port: where it answers.
    """

    process: subprocess.Popen[bytes]
    log: Path
    port: int

    def check(self) -> None:
        """Nothing, as long as the process lives.

        Raises:
            RuntimeError: it has ended; with the end of its log.
        """
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.process.args!r} ended: {tail(self.log, 20)}")


class Rig:
    """Servers with the topology and an empty database. Make it with `Rig.built`.

    Attributes:
        dsn: of the service's database, as its application.
        client: connected to NATS; may do anything.
    """

    def __init__(
        self, directory: Path, nats: NatsServer, postgres: PostgresServer, dsn: str, client: Client
    ) -> None:
        self._directory, self._nats, self._postgres = directory, nats, postgres
        self.dsn, self.client = dsn, client
        self._admin_dsn = Databases(postgres).admin(dsn)
        self._jetstream = client.jetstream(timeout=30)

    @classmethod
    @asynccontextmanager
    async def built(cls, postgres: PostgresServer, databases: Databases) -> AsyncIterator[Rig]:
        """A rig for one run; everything of it is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="slaclock-bench-") as name:
            directory, port = Path(name), free_port()
            config = directory / "nats.conf"
            config.write_text(server_config(port, directory / "jetstream"), encoding="utf-8")
            nats = NatsServer(config, port=port, log=directory / "nats.log")
            nats.start()
            dsn = databases.create(service())
            client = await Bus(nats.url, nats).connect()
            try:
                await ensure_topology(client)
                yield cls(directory, nats, postgres, dsn, client)
            finally:
                await client.close()
                nats.stop()
                databases.drop(dsn)

    def environment(self) -> Mapping[str, str]:
        """What a service is told."""
        keys = self._directory / KEYS
        write_keys(keys, [])
        name = service().name
        return {
            "SLACLOCK_TICKET_CLOCK_DATABASE_URL": self.dsn,
            "SLACLOCK_NATS_URL": self._nats.url,
            "SLACLOCK_NATS_CREDENTIALS": json.dumps({"user": name, "password": password_of(name)}),
            "SLACLOCK_API_KEYS_FILE": str(keys),
            "SLACLOCK_LOG_LEVEL": "warning",
        }

    @asynccontextmanager
    async def running(
        self, command: Sequence[str], plan: Path | None = None, **environment: str
    ) -> AsyncIterator[Runner]:
        """*command*, until it consumes and is ready; stopped at the end.

        Args:
            command: words, with `{port}` and `{plan}` to be filled in.
            plan: for the baseline.
            environment: more than a service is always told.
        """
        async with self.starting(command, plan, **environment) as runner:
            await self.consuming(runner)
            if command is SERVICE:
                await eventually(lambda: _ready(runner), PATIENCE)
            yield runner

    @asynccontextmanager
    async def starting(
        self, command: Sequence[str], plan: Path | None = None, **environment: str
    ) -> AsyncIterator[Runner]:
        """The same, without waiting for anything."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = self._directory / f"runner-{port}.log"
        words = [word.format(port=port, plan=plan) for word in command]
        with log.open("wb") as output:
            process = subprocess.Popen(
                words,
                stdout=output,
                stderr=output,
                cwd=ROOT,
                env={**os.environ, **self.environment(), **environment},
            )
        try:
            yield Runner(process, log, port)
        finally:
            end(process, 15, patience=30)  # type: ignore[arg-type]  # SIGTERM

    async def consuming(self, runner: Runner) -> None:
        """Wait until somebody waits for facts.

        Raises:
            RuntimeError: *runner* has ended.
        """

        async def pulls() -> bool:
            runner.check()
            consumer = await self._jetstream.consumer_info(STREAM, DURABLE)
            return bool(consumer.num_waiting)

        await eventually(pulls, PATIENCE)

    def admit(self, tenant: str) -> str:
        """An API key of somebody of *tenant* who may look at tickets."""
        key, record = mint(tenant, Role.VIEWER)
        write_keys(self._directory / KEYS, [record])
        return key

    def memory_of_nats(self) -> int:
        """Bytes (PSS)."""
        if self._nats.process is None:
            raise RuntimeError("the server does not run")
        return int(psutil.Process(self._nats.process.pid).memory_full_info().pss)

    def meter(self, *runners: Runner) -> Meter:
        """Reads what the parts use."""
        postgres, nats = self._postgres.process, self._nats.process
        if postgres is None or nats is None:
            raise RuntimeError("the servers do not run")
        pids = [runner.process.pid for runner in runners]
        return Meter(*pids, postgres=postgres.pid, nats=nats.pid)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Store *messages* in their streams, in their order."""
        for first in range(0, len(messages), BATCH_LIMIT):
            part = messages[first : first + BATCH_LIMIT]
            for stream in dict.fromkeys(message.stream for message in part):
                chosen = [message for message in part if message.stream == stream]
                for index in range(0, len(chosen), 50):  # large snapshots, small batches
                    await publish_batch(self.client, chosen[index : index + 50], seconds=60)

    async def pause(self) -> None:
        """Hold facts back until `resume`."""
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        await self._jetstream.pause_consumer(STREAM, DURABLE, until)

    async def resume(self) -> None:
        """Let facts through."""
        await self._jetstream.resume_consumer(STREAM, DURABLE)

    async def settled(self, stream: str = STREAM, durable: str = DURABLE) -> None:
        """Wait until every message has been acknowledged."""

        async def done() -> bool:
            info = await self._jetstream.consumer_info(stream, durable)
            return not info.num_pending and not info.num_ack_pending

        await eventually(done, PATIENCE)

    async def relayed(self) -> None:
        """Wait until nothing is left to send."""
        async with self.admin() as admin:

            async def done() -> bool:
                found: bool = await admin.fetchval(
                    "SELECT NOT EXISTS (SELECT FROM outbox WHERE sent_at IS NULL)"
                )
                return found

            await eventually(done, PATIENCE)

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A superuser's connection to the service's database."""
        connection = await asyncpg.connect(self._admin_dsn)
        try:
            yield connection
        finally:
            await connection.close()

    async def written(self) -> Mapping[str, Any]:
        """Rows of every table that facts fill, and bytes of what is large in them."""
        async with self.admin() as admin:
            row = await admin.fetchrow(WRITTEN)
        return dict(row or {})


WRITTEN: Final = """
SELECT (SELECT count(*) FROM fact) AS facts,
       (SELECT count(*) FROM ticket) AS tickets,
       (SELECT count(*) FROM revision) AS revisions,
       (SELECT count(*) FROM announcement) AS announcements,
       (SELECT count(*) FROM outbox) AS outgoing,
       (SELECT count(*) FROM parked) AS parked,
       (SELECT coalesce(sum(length(body)), 0) FROM outbox)::bigint AS outgoing_bytes,
       (SELECT coalesce(sum(length(state)), 0) FROM ticket)::bigint AS state_bytes
"""


async def _ready(runner: Runner) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            url = f"http://127.0.0.1:{runner.port}/health/ready"
            return (await client.get(url)).status_code == 200
        except httpx.TransportError:
            return False
