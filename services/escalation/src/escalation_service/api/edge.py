"""What the routes reach for: parts that arrive while the service is already up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from escalation_service.ports import Desk
from slaclock.messaging.backbone import Backbone
from slaclock.messaging.inlet import Inlet
from slaclock.messaging.parking import Parking
from slaclock.service import Unavailable
from slaclock.store.pool import Pool


class Edge:
    """The parts, once the lifespan has opened them; `Unavailable` (503) before.

    Args:
        desk_of: makes the desk on a database that answers.
    """

    def __init__(self, desk_of: Callable[[Pool], Desk]) -> None:
        self._desk_of = desk_of
        self._parts: list[Backbone] = []

    def open(self, backbone: Backbone) -> None:
        """Let the routes have it."""
        self._parts = [backbone]

    @property
    def desk(self) -> Desk:
        """Everything that HTTP asks for."""
        return self._desk_of(self._backbone.pool.now())

    @property
    def inlets(self) -> Mapping[str, Inlet[Any]]:
        """Consumers by durable, for replaying what was parked."""
        return self._backbone.inlets

    def parking(self) -> Parking:
        """What was parked."""
        return self._backbone.parking()

    @property
    def _backbone(self) -> Backbone:
        if not self._parts:
            raise Unavailable("its start")
        return self._parts[0]
