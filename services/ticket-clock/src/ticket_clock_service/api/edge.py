"""What the routes reach for: parts that arrive while the service is already up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nats.aio.client import Client

from slaclock.messaging.backbone import Backbone
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.service import Unavailable
from slaclock.store import Pool
from ticket_clock_service.usecases.reconcile import Reconciler
from ticket_clock_service.usecases.rulebooks import Rulebooks


class Edge:
    """The parts, once the lifespan has opened them; `Unavailable` (503) before."""

    def __init__(self) -> None:
        self._parts: list[tuple[Backbone, Reconciler, Rulebooks]] = []
        self.terms_ready: Callable[[], bool] = lambda: False

    def open(
        self,
        backbone: Backbone,
        reconciler: Reconciler,
        rulebooks: Rulebooks,
        terms_ready: Callable[[], bool],
    ) -> None:
        """Let the routes have them."""
        self._parts = [(backbone, reconciler, rulebooks)]
        self.terms_ready = terms_ready

    @property
    def backbone(self) -> Backbone:
        """Database and bus."""
        if not self._parts:
            raise Unavailable("its start")
        return self._parts[0][0]

    @property
    def reconciler(self) -> Reconciler:
        """The only writer of clocks."""
        self.backbone.pool.now()
        return self._parts[0][1]

    @property
    def rulebooks(self) -> Rulebooks:
        """Terms by tenant."""
        self.backbone.pool.now()
        return self._parts[0][2]

    @property
    def pool(self) -> Pool:
        """The database."""
        return self.backbone.pool.now()

    @property
    def client(self) -> Client:
        """The bus."""
        return self.backbone.client.now()

    @property
    def inlets(self) -> Mapping[str, Inlet[Any]]:
        """Consumers by durable, for replaying what was parked."""
        return self.backbone.inlets

    def parking(self) -> Parking:
        """What was parked."""
        return self.backbone.parking()
