"""A real broker, a real database server and replicas of the services, to be killed and restarted."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from slaclock.auth.keys import mint, write_keys
from slaclock.auth.roles import Role
from slaclock.embedded.nats import NatsServer
from slaclock.embedded.postgres import PostgresServer
from slaclock.embedded.process import ProcessMark
from slaclock.embedded.sockets import free_port
from slaclock.messaging.provisioning import ensure_topology
from slaclock.service import find
from slaclock.store.migrate import Schema, provision, upgrade
from slaclock.testing import eventually
from slaclock.testing.bus import Bus, password_of, server_config

from .plan import Plan

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Replica:
    """One process of a service; it has another number after each restart.

    Attributes:
        up: it has answered since it was started.
        starts: how often it was started.
    """

    name: str
    service: str
    port: int
    log: Path
    pid: int = 0
    up: bool = False
    starts: int = 0
    mark: ProcessMark | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(slots=True)
class Stage:
    """Everything that runs. Make it with `staged`.

    Attributes:
        keys: an administrator's API key by tenant.
        replicas: by name, such as `ticket-clock-1`.
    """

    plan: Plan
    directory: Path
    postgres: PostgresServer
    nats: NatsServer
    keys: Mapping[str, str]
    environment: Mapping[str, str]
    replicas: dict[str, Replica]
    _nursery: asyncio.subprocess.Process | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _closing: bool = False

    @property
    def bus(self) -> Bus:
        """How clients connect."""
        return Bus(self.nats.url, self.nats)

    def admin_dsn(self, service: str) -> str:
        """A superuser's way into the database of a service."""
        return self.postgres.dsn(service.replace("-", "_"))

    def of(self, service: str) -> list[Replica]:
        """The replicas of a service."""
        return [one for one in self.replicas.values() if one.service == service]

    async def start(self) -> None:
        """Start every replica; return when all are ready."""
        services = sorted(self.plan.replicas)
        self._nursery = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.failures.nursery", *services),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **self.environment},
            start_new_session=True,
        )
        self._later(self._listen(self._nursery))
        for replica in self.replicas.values():
            self._launch(replica)
        for replica in self.replicas.values():
            await eventually(lambda: answers(f"{replica.url}/health/ready"), 120)  # noqa: B023 - awaited here

    async def close(self) -> None:
        """Kill what is left."""
        self._closing = True
        if self._nursery is not None and self._nursery.stdin is not None:
            for replica in self.replicas.values():
                _signal(replica, signal.SIGCONT)
            self._nursery.stdin.close()
            try:
                await asyncio.wait_for(self._nursery.wait(), 20)
            except TimeoutError:
                self._nursery.kill()
                await self._nursery.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def kill(self, replica: Replica) -> None:
        """kill -9; it comes back by itself."""
        replica.up = False
        _signal(replica, signal.SIGKILL)

    def send(self, replica: Replica, number: signal.Signals) -> None:
        """Signal a replica."""
        _signal(replica, number)

    async def restart_nats(self, down: float) -> None:
        """kill -9 of the broker, and the same again after some seconds."""
        self.nats.kill()
        await asyncio.sleep(down)
        self.nats.launch()
        await eventually(lambda: asyncio.to_thread(self.nats.is_ready), 60)

    async def restart_postgres(self, down: float) -> None:
        """kill -9 of the database server with all of its children, and the same again."""
        self.postgres.kill()
        await asyncio.sleep(down)
        self.postgres.launch()
        await eventually(self.postgres.is_ready, 60)

    def _launch(self, replica: Replica) -> None:
        if self._nursery is None or self._nursery.stdin is None:
            raise RuntimeError("not started")
        wish = {
            "start": replica.name,
            "service": replica.service,
            "port": replica.port,
            "defect": self.plan.defects.get(replica.service, ""),
            "log": str(replica.log),
            "environment": {"SLACLOCK_NATS_CREDENTIALS": credentials(replica.service)},
        }
        replica.starts += 1
        self._nursery.stdin.write(json.dumps(wish).encode() + b"\n")

    async def _listen(self, nursery: asyncio.subprocess.Process) -> None:
        if nursery.stdout is None:
            raise RuntimeError("nobody listens")
        async for line in nursery.stdout:
            said: dict[str, Any] = json.loads(line)
            if "started" in said:
                replica = self.replicas[said["started"]]
                replica.pid = said["pid"]
                with suppress(ProcessLookupError):
                    replica.mark = ProcessMark.of(said["pid"])
                self._later(self._watch(replica, said["pid"]))
            elif not self._closing:
                replica = self.replicas[said["ended"]]
                replica.up = False
                self._launch(replica)

    async def _watch(self, replica: Replica, pid: int) -> None:
        while replica.pid == pid and not await answers(f"{replica.url}/health/live"):
            await asyncio.sleep(0.05)
        replica.up = replica.pid == pid

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _signal(replica: Replica, number: signal.Signals) -> None:
    if replica.mark is not None:
        replica.mark.signal(number)


async def answers(url: str) -> bool:
    """Whether *url* answers 200."""
    async with httpx.AsyncClient(timeout=2) as client:
        try:
            return (await client.get(url)).status_code == 200
        except httpx.HTTPError:
            return False


@asynccontextmanager
async def staged(
    plan: Plan, directory: Path, tenants: list[str], sink: str
) -> AsyncIterator[Stage]:
    """Servers, databases, topology, replicas; gone at the end, whatever happened.

    Args:
        plan: how many replicas, with which defects.
        directory: empty; data and logs stay there.
        tenants: whose keys there are.
        sink: `host:port` that webhooks may reach.
    """
    # Killed processes lose nothing that was written: syncing would only cost time here.
    postgres = PostgresServer(directory / "postgres", settings={"fsync": "off"})
    port = free_port()
    config = directory / "nats.conf"
    config.write_text(server_config(port, directory / "jetstream"), encoding="utf-8")
    nats = NatsServer(config, port=port, log=directory / "nats.log")
    stage = None
    try:
        postgres.start()
        nats.start()
        stage = _stage(plan, directory, postgres, nats, tenants, sink)
        client = await stage.bus.connect("provisioner")
        await ensure_topology(client)
        await client.close()
        for service in plan.replicas:
            spec = find(service)
            schema = Schema(spec.database, spec.migrations_package)
            await provision(postgres.admin_dsn, schema)
            await upgrade(postgres.admin_dsn, schema)
        await stage.start()
        yield stage
    finally:
        if stage is not None:
            await stage.close()
        nats.kill()
        postgres.kill()
        postgres.stop()


def _stage(
    plan: Plan,
    directory: Path,
    postgres: PostgresServer,
    nats: NatsServer,
    tenants: list[str],
    sink: str,
) -> Stage:
    minted = {name: mint(name, Role.ADMIN) for name in tenants}
    write_keys(directory / "api-keys.json", [record for _, record in minted.values()])
    environment = {
        "SLACLOCK_NATS_URL": nats.url,
        "SLACLOCK_API_KEYS_FILE": str(directory / "api-keys.json"),
        "SLACLOCK_HOME": str(directory),
        "SLACLOCK_LOG_LEVEL": "info",
        "SLACLOCK_WEBHOOK_ALLOW": sink,
        "SLACLOCK_ESCALATION_SETTLE_SECONDS": "0.5",
        "SLACLOCK_ESCALATION_LEASE_SECONDS": "12",
        "SLACLOCK_ESCALATION_RETRY_FIRST_SECONDS": "0.5",
        "SLACLOCK_ESCALATION_RETRY_MOST_SECONDS": "10",
        **plan.environment,
    }
    replicas = {}
    for service, count in plan.replicas.items():
        database = find(service).database
        environment[f"SLACLOCK_{database.upper()}_DATABASE_URL"] = postgres.dsn(
            database, f"{database}_app"
        )
        for number in range(1, count + 1):
            name = f"{service}-{number}"
            replicas[name] = Replica(name, service, free_port(), directory / f"{name}.log")
    keys = {name: key for name, (key, _) in minted.items()}
    return Stage(plan, directory, postgres, nats, keys, environment, replicas)


def credentials(service: str) -> str:
    """A service's identity on the bus."""
    return json.dumps({"user": service, "password": password_of(service)})
