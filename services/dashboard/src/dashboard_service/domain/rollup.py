"""Counts per period, metric and dimension. They change by differences of rows, never by events.

A cycle counts once in each dimension (of an OLA's clock there is but one), in the period of its due
instant (`Clock.due_on`). Because only (new row - old row) is ever added, events that come twice or
in another order end in the same counts, and a recount of all rows gives the same table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dashboard_service.domain.clock import Clock, Metric, Outcome, Promise, Replacement


class Dimension(StrEnum):
    """By what cycles are grouped."""

    PRIORITY = "priority"
    GROUP = "group"
    ASSIGNEE = "assignee"
    CUSTOMER = "customer"
    OWNER = "owner_group"
    """Of the clocks of OLAs, which count in no other: the group whose time they measure."""


@dataclass(frozen=True, slots=True, order=True)
class RollupKey:
    """One row of the rollups. Sorts the way rows are locked."""

    tenant: str
    due_on: date
    metric: Metric
    dimension: Dimension
    key: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Cycles by outcome. As a difference the numbers may be negative."""

    met: int = 0
    breached: int = 0
    pending: int = 0
    cancelled: int = 0

    @classmethod
    def of(cls, outcome: Outcome) -> Tally:
        """One cycle with that outcome."""
        return cls(**{outcome.value: 1})

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.met + other.met,
            self.breached + other.breached,
            self.pending + other.pending,
            self.cancelled + other.cancelled,
        )

    def __neg__(self) -> Tally:
        return Tally(-self.met, -self.breached, -self.pending, -self.cancelled)

    @property
    def compliance(self) -> float | None:
        """Met of those judged, met / (met + breached); None while nothing is judged.

        Pending and cancelled cycles are no verdicts: they are in neither part of the fraction.
        """
        judged = self.met + self.breached
        return self.met / judged if judged else None


Rollups = dict[RollupKey, Tally]
"""Rows by key, sorted by key, none of them all zeros."""

_NOTHING = Tally()


def places(clock: Clock) -> Iterator[RollupKey]:
    """The rows in which *clock* counts: one of each dimension; of an OLA's clock only one."""
    tenant, metric = clock.key.tenant, clock.key.metric
    if clock.promise is Promise.GROUP:
        yield RollupKey(tenant, clock.due_on, metric, Dimension.OWNER, clock.owner)
        return
    for dimension, key in (
        (Dimension.PRIORITY, clock.priority),
        (Dimension.GROUP, clock.group),
        (Dimension.ASSIGNEE, clock.assignee),
        (Dimension.CUSTOMER, clock.customer),
    ):
        yield RollupKey(tenant, clock.due_on, metric, dimension, key)


def difference(replaced: Iterable[Replacement]) -> Rollups:
    """What to add to the rollups when rows are replaced."""
    counts: defaultdict[RollupKey, Tally] = defaultdict(Tally)
    for replacement in replaced:
        before, after = replacement.before, replacement.after
        if before is not None:
            for place in places(before):
                counts[place] += -Tally.of(before.outcome)
        for place in places(after):
            counts[place] += Tally.of(after.outcome)
    return {key: tally for key, tally in sorted(counts.items()) if tally != _NOTHING}


def recount(clocks: Iterable[Clock]) -> Rollups:
    """The rollups made anew from all rows: what the kept ones must equal."""
    return difference(Replacement(None, clock) for clock in clocks)


def added(rollups: Rollups, change: Rollups) -> Rollups:
    """*rollups* after *change*, again without empty rows."""
    counts = defaultdict(Tally, rollups)
    for key, tally in change.items():
        counts[key] += tally
    return {key: tally for key, tally in sorted(counts.items()) if tally != _NOTHING}
