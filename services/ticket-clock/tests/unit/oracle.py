"""A second opinion: a resolution clock stepped minute by minute. Knows nothing of the service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
TARGETS = {"P1": (60, None), "P2": (240, "office")}
FALLBACK = (480, "office")
PERCENTS = (50, 75, 90, 100)
PAUSES = {"pending"}
ENDS = {"resolved": "met", "closed": "met", "cancelled": "cancelled"}


@dataclass(frozen=True)
class Said:
    """One report: at a whole minute, the fields that it gives. The first one opens the ticket."""

    at: datetime
    status: str | None = None
    priority: str | None = None


@cache
def open_at(at: datetime, zone: str) -> bool:
    """Whether the office is open in the minute that begins at an instant: Mon-Fri 9 to 5."""
    local = at.astimezone(ZoneInfo(zone))
    return local.weekday() < 5 and 9 <= local.hour < 17


@dataclass
class Walk:
    """The clock as it stands in the minute that begins at `at`.

    Attributes:
        ended: `met` or `cancelled` once the ticket is; a later breach of it does not matter.
        row: of the SLA, in force now or at the end.
        used: minutes of business time.
        crossings: (row, percent, instant), in their order.
    """

    at: datetime
    zone: str
    priority: str | None = None
    status: str = "open"
    ended: str | None = None
    row: str | None = None
    used: int = 0
    crossings: list[tuple[str | None, int, datetime]] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        breached = any((row, percent) == (self.row, 100) for row, percent, _ in self.crossings)
        return "breached" if breached else self.ended or "pending"

    @property
    def active(self) -> bool:
        return self.ended is None and self.status not in PAUSES

    def hear(self, one: Said) -> None:
        """A report of this minute."""
        self.priority, self.status = one.priority or self.priority, one.status or self.status
        ends = ENDS.get(one.status or "")
        if ends is None:
            self.ended = self.ended if one.status is None else None
        if self.ended is None:
            self.row = self.priority if self.priority in TARGETS else None
            if ends is not None:
                self.look(active=False)
                self.ended = ends

    def look(self, *, active: bool) -> None:
        """Cross what is used up, and what is just used up if the clock goes on."""
        target, _ = TARGETS.get(self.row or "", FALLBACK)
        known = {(row, percent) for row, percent, _ in self.crossings}
        for percent in PERCENTS:
            amount = target * percent // 100
            reached = self.used > amount or (self.used == amount and active)
            if reached and (self.row, percent) not in known:
                self.crossings.append((self.row, percent, self.at))

    def tick(self) -> None:
        """A minute passes."""
        _, calendar = TARGETS.get(self.row or "", FALLBACK)
        if self.active and (calendar is None or open_at(self.at, self.zone)):
            self.used += 1
        self.at += MINUTE


def walk(said: Sequence[Said], until: datetime, zone: str) -> Walk:
    """Step from the first report to *until*; reports of one minute are taken in order."""
    queue = list(said)
    clock = Walk(queue[0].at, zone)
    while True:
        while queue and queue[0].at == clock.at:
            clock.hear(queue.pop(0))
        if clock.at >= until:
            return clock
        if clock.ended is None:
            clock.look(active=clock.active)
        clock.tick()


def utc(microseconds: int) -> datetime:
    """An instant as a datetime."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
