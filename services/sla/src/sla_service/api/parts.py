"""What the routes reach for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sla_service.ports import Begin, Desk
from sla_service.usecases.publish import Rules
from sla_service.usecases.try_out import Reached
from slaclock.http import Answers

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """Given by `main` once the service has started.

    Attributes:
        begin: opens a transaction; raises Unavailable while the database is away.
        desk: where people edit and read.
        answers: kept answers to requests with an Idempotency-Key.
        rules: what the installation decides about publishing.
        reached: how many open tickets an entry would reach; raises NoAnswer while ticket-clock
            is away.
    """

    begin: Begin
    desk: Desk
    answers: Callable[[], Answers]
    rules: Rules
    reached: Reached
