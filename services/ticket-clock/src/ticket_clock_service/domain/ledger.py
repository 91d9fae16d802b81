"""The ledger: what has been told of crossings, and what must be told so that it agrees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from slaclock.contracts.canonical import uuid_of
from ticket_clock_service.domain.agreement import BREACH, MINUTE, Metric, rank
from ticket_clock_service.domain.clock import Clock, Crossing
from ticket_clock_service.domain.picture import Picture

ClockKey = tuple[Metric, str]
"""(metric, cycle): which clock of a ticket."""

_ANY_TARGET: Final = 24 * 60 * MINUTE
"""Microseconds, to compare thresholds by: `percent:50` comes before `percent:100` in any target."""


class Key(Struct, frozen=True, gc=False):
    """Which crossing of a ticket: at most one announcement of a key stands."""

    metric: Metric
    cycle: str
    agreement: str
    priority: str | None
    threshold: str

    @property
    def clock(self) -> ClockKey:
        """Which clock crossed."""
        return self.metric, self.cycle


class Announcement(Struct, frozen=True, gc=False):
    """A crossing that has been told. It stays in the ledger for ever.

    Attributes:
        n: 1 for the first of its key, one more after each retraction.
        crossed_at: instant of the crossing, microseconds since 1970; corrected where it moved.
        noticed_at: when it was told.
        retracted_at: when it was taken back; None while it stands.
        historical: from an import, before it was complete: notifies nobody.
        provisional: judged at now although older facts were still waiting to be read.
        passed_over: a higher threshold of the same instant notifies instead.
        superseded: told when other terms were in force already.
    """

    key: Key
    n: int
    crossed_at: int
    noticed_at: int
    retracted_at: int | None = None
    historical: bool = False
    provisional: bool = False
    passed_over: bool = False
    superseded: bool = False

    @property
    def stands(self) -> bool:
        """Whether it has not been taken back."""
        return self.retracted_at is None

    @property
    def is_breach(self) -> bool:
        """Whether it tells of a breach."""
        return self.key.threshold == BREACH

    def id(self, tenant: str, ticket_id: str) -> UUID:
        """Its name, for ever and everywhere."""
        return uuid_of(*self.parts(tenant, ticket_id))

    def parts(self, tenant: str, ticket_id: str) -> tuple[str | int | None, ...]:
        """Its key, as names are derived from it."""
        key = self.key
        return (
            tenant,
            ticket_id,
            key.metric.value,
            key.cycle,
            key.agreement,
            key.priority,
            key.threshold,
            self.n,
        )


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything that has been told of one ticket's crossings. Make it with `of`.

    Attributes:
        standing: what has not been taken back.
        latest: of every key the announcement with the highest n.
        earlier: all others.
    """

    standing: Mapping[Key, Announcement] = field(default_factory=dict)
    latest: Mapping[Key, Announcement] = field(default_factory=dict)
    earlier: tuple[Announcement, ...] = ()

    @classmethod
    def of(cls, announcements: Iterable[Announcement]) -> Ledger:
        """The ledger of *announcements*, in any order."""
        latest: dict[Key, Announcement] = {}
        earlier = []
        for one in sorted(announcements, key=lambda one: one.n):
            if one.key in latest:
                earlier.append(latest[one.key])
            latest[one.key] = one
        standing = {key: one for key, one in latest.items() if one.stands}
        return cls(standing, latest, tuple(earlier))

    @property
    def told(self) -> tuple[Announcement, ...]:
        """Everything, taken back or not."""
        return (*self.earlier, *self.latest.values())

    def in_order(self) -> list[Announcement]:
        """Everything that was told, by its crossing; at one instant the nearer threshold first."""
        return sorted(
            self.told, key=lambda one: (one.crossed_at, rank(one.key.threshold, _ANY_TARGET))
        )

    @property
    def horizon(self) -> int:
        """The earliest instant at which a view can show all that stands; 0 if nothing does."""
        if not self.standing:
            return 0
        return max(one.crossed_at + 1 for one in self.standing.values())

    def next_n(self, key: Key) -> int:
        """The number of the next announcement of *key*."""
        known = self.latest.get(key)
        return 1 if known is None else known.n + 1

    def after(self, difference: Difference) -> Ledger:
        """The ledger once *difference* has been told."""
        if not difference:
            return self
        changed = (*difference.announced, *difference.corrected, *difference.retracted)
        known = {(one.key, one.n): one for one in (*self.told, *changed)}
        return Ledger.of(known.values())


NOTHING_TOLD: Final = Ledger()
"""The ledger of a ticket that nothing was told of."""


class Difference(Struct, frozen=True, gc=False):
    """What must be told so that the ledger agrees with the picture. False when it does already.

    Attributes:
        announced: new announcements.
        retracted: announcements to take back, `retracted_at` set.
        corrected: standing announcements whose instant moved, with the right one.
    """

    announced: tuple[Announcement, ...] = ()
    retracted: tuple[Announcement, ...] = ()
    corrected: tuple[Announcement, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.announced or self.retracted or self.corrected)


NOTHING: Final = Difference()
"""Nothing needs to be told."""


def difference(  # noqa: PLR0913  what is known, and how it was come by
    ledger: Ledger,
    *,
    announce: Picture,
    standing: Picture,
    noticed_at: int,
    historical_before: int = 0,
    provisional: bool = False,
) -> Difference:
    """What must be told.

    Args:
        ledger: what has been told.
        announce: the crossings in it are told if they are not yet: the picture itself for a batch
            of facts, since only a later fact proves a crossing; the judged view for the due loop.
        standing: what has been told and is not in it is taken back. A view judged at
            `Ledger.horizon` or later, made of the same picture as *announce*.
        noticed_at: the instant of telling, microseconds since 1970.
        historical_before: what was crossed before it notifies nobody.
        provisional: mark what is announced so.
    """
    if not ledger.standing and not announce.has_crossed:
        return NOTHING
    found = dict(_crossings(standing))
    announced = []
    for key, (crossing, clock) in _crossings(announce):
        if key not in ledger.standing:
            announced.append(
                Announcement(
                    key=key,
                    n=ledger.next_n(key),
                    crossed_at=crossing.at,
                    noticed_at=noticed_at,
                    historical=crossing.at < historical_before,
                    provisional=provisional,
                    passed_over=crossing.passed_over,
                    superseded=is_superseded(crossing, clock),
                )
            )
    retracted = []
    corrected = []
    for key, told in ledger.standing.items():
        if key not in found:
            retracted.append(replace(told, retracted_at=noticed_at))
        elif found[key][0].at != told.crossed_at:
            crossing = found[key][0]
            corrected.append(
                replace(told, crossed_at=crossing.at, passed_over=crossing.passed_over)
            )
    return Difference(tuple(announced), tuple(retracted), tuple(corrected))


def key_of(clock: Clock, crossing: Crossing) -> Key:
    """The key of a clock's crossing."""
    return Key(clock.metric, clock.cycle, crossing.agreement, crossing.priority, crossing.threshold)


def is_superseded(crossing: Crossing, clock: Clock) -> bool:
    """Whether the clock is measured against other terms now than when it crossed."""
    return (crossing.agreement, crossing.priority) != clock.aim.key


def _crossings(picture: Picture) -> Iterator[tuple[Key, tuple[Crossing, Clock]]]:
    for clock in picture.every:
        for crossing in clock.crossings:
            yield key_of(clock, crossing), (crossing, clock)
