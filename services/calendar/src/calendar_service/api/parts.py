"""What the routes reach for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from calendar_service.domain.impact import Zones
from calendar_service.ports import Begin, Desk
from calendar_service.usecases.advising import Comparisons
from calendar_service.usecases.answering import Answering
from slaclock.business_time import ZoneFiles
from slaclock.http import Answers

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """Given by `main` once the service has started.

    Attributes:
        begin: opens a transaction; raises Unavailable while the database is away.
        desk: where people edit and read.
        answers: kept answers to requests with an Idempotency-Key.
        files: time zones that drafts may name and publishing seals.
        limit: bytes that a published calendar's message may have.
        answering: computes business time, for HTTP and the bus alike.
        zones: of the installed tzdata, read once.
        comparisons: what versions say, to be compared with them.
    """

    begin: Begin
    desk: Desk
    answers: Callable[[], Answers]
    files: ZoneFiles
    limit: int
    answering: Answering
    zones: Zones
    comparisons: Callable[[], Comparisons]
