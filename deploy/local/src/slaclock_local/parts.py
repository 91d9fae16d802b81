"""The parts of a platform: how each is launched, and when it is ready."""

from __future__ import annotations

import importlib
import json
import signal
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.resources import files
from typing import Final

from slaclock.embedded.nats import NatsServer
from slaclock.embedded.postgres import PostgresServer
from slaclock.embedded.temporal import TemporalServer
from slaclock.messaging.accounts import PROVISIONER
from slaclock.messaging.connection import NatsAccess
from slaclock.service import ServiceSpec, serve
from slaclock_local.credentials import bus_passwords
from slaclock_local.forking import Running, fork
from slaclock_local.front import serve_front
from slaclock_local.layout import Layout, write_private
from slaclock_local.ports import Listeners
from slaclock_local.prepare import migrations, topology
from slaclock_local.probe import ReadinessProbe
from slaclock_local.refusals import PartFailed
from slaclock_local.supervisor import Part

__all__ = ["Parts"]

IMPORTED_BY_SERVERS: Final = (
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
)
"""Imported lazily in each process: imported once here, they are shared."""


class Parts:
    """Makes the parts of one platform.

    Args:
        layout: its home.
        listeners: where its listening sockets are kept.
        nats_port: where the broker listens.
        private: descriptors that no child may keep, asked at each fork.
        services: by name, as `slaclock.service.discover` finds them.
        temporal_port: where Temporal listens; None runs without it.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a platform consists of
        self,
        layout: Layout,
        listeners: Listeners,
        nats_port: int,
        private: Callable[[], Sequence[int]],
        services: Mapping[str, Callable[[], ServiceSpec]],
        temporal_port: int | None = None,
    ) -> None:
        self._layout, self._listeners, self._private = layout, listeners, private
        self._services = services
        self._probes: dict[str, ReadinessProbe] = {}
        self._specs: list[ServiceSpec] = []
        self._postgres = PostgresServer(layout.postgres)
        self._postgres.log = layout.log("postgres")
        self._nats = NatsServer(
            layout.nats / "nats.conf",
            port=nats_port,
            log=layout.log("nats"),
            env={
                "SLACLOCK_NATS_LISTEN": json.dumps(f"127.0.0.1:{nats_port}"),
                "SLACLOCK_NATS_STORE": json.dumps(str(layout.nats / "jetstream")),
            },
        )

        self._temporal: TemporalServer | None = None
        if temporal_port is not None:
            self._temporal = TemporalServer(
                layout.temporal / "database", port=temporal_port, log=layout.log("temporal")
            )

    def servers(self) -> tuple[Part, ...]:
        """The broker, the database server, and Temporal where it is wanted."""
        config = files("slaclock_local").joinpath("nats.conf").read_text(encoding="utf-8")
        write_private(self._nats.config, config)
        postgres = Part(
            "postgres",
            self._launch_postgres,
            self._postgres.is_ready,
            self._postgres.log,
            stop_with=signal.SIGINT,
            patience=30,
        )
        nats = Part("nats", self._nats.launch, self._nats.is_ready, self._nats.log, patience=20)
        temporal = self._temporal
        if temporal is None:
            return nats, postgres
        temporal.database.parent.mkdir(mode=0o700, exist_ok=True)
        clock = Part("temporal", temporal.launch, temporal.is_ready, temporal.log, patience=20)
        return nats, postgres, clock

    def load_services(self) -> list[ServiceSpec]:
        """Import the services, and what serving takes; the children share it.

        Raises:
            PartFailed: one cannot be imported.
        """
        for name in IMPORTED_BY_SERVERS:
            importlib.import_module(name)
        for name, load in self._services.items():
            try:
                self._specs.append(load())
            except ImportError as error:
                reason = f"the service {name} cannot be imported: {error}; install it again"
                raise PartFailed(reason) from error
        for spec in self._specs:
            self._listeners.open(spec.name)
        return self._specs

    def preparations(self) -> dict[str, Callable[[], int]]:
        """Jobs to be done before the services start, by name."""
        return {
            "the topology": topology(self._access(PROVISIONER)),
            **{
                f"the database of {spec.name}": migrations(self._postgres.admin_dsn, spec)
                for spec in self._specs
            },
        }

    def service(self, spec: ServiceSpec) -> Part:
        """A service with an identity, a database and a role of its own."""
        listening = self._listeners.socket(spec.name)
        access = self._access(spec.name)
        environment = {
            "SLACLOCK_HOME": str(self._layout.path),
            "SLACLOCK_NATS_URL": access.url,
            "SLACLOCK_NATS_CREDENTIALS": json.dumps(
                {"user": access.user, "password": access.password}
            ),
            f"SLACLOCK_{spec.database.upper()}_DATABASE_URL": self._postgres.dsn(
                spec.database, f"{spec.database}_app"
            ),
            "SLACLOCK_API_KEYS_FILE": str(self._layout.home.keys_file),
        }
        if self._temporal is not None:
            environment |= {
                "SLACLOCK_TIMER_BACKEND": "temporal",
                "SLACLOCK_TEMPORAL_ADDRESS": self._temporal.address,
                "SLACLOCK_TEMPORAL_NAMESPACE": "default",
            }
        return self._forked(spec.name, partial(serve, spec, sock=listening), environment)

    def front(self, port: int) -> Part:
        """The front listener on *port*."""
        upstreams = {spec.name: self._listeners.port(spec.name) for spec in self._specs}
        work = partial(serve_front, upstreams, self._listeners.socket("front"))
        return self._forked("front", work, {"SLACLOCK_HTTP_PORT": str(port)}, patience=5)

    def _forked(
        self,
        name: str,
        work: Callable[[], int],
        environment: dict[str, str],
        *,
        patience: float = 15,
    ) -> Part:
        probe = self._probes[name] = ReadinessProbe(self._listeners.port(name))
        log = self._layout.log(name)

        def launch() -> Running:
            inherited = [fd for one in self._probes.values() for fd in one.descriptors]
            close = (*self._private(), *self._listeners.others(name), *inherited)
            return fork(work, log=log, environment=environment, close=close)

        return Part(
            name,
            launch,
            probe.is_ready,
            log,
            descriptors=lambda: probe.descriptors,
            forget=probe.forget,
            waits_for=lambda: probe.waiting_for,
            patience=patience,
        )

    def _launch_postgres(self) -> Running:
        self._postgres.make_data()
        return self._postgres.launch()

    def _access(self, identity: str) -> NatsAccess:
        return NatsAccess(self._nats.url, identity, bus_passwords(self._layout)[identity])
