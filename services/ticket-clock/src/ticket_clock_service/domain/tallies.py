"""Cycles counted by outcome, in force and simulated: of a metric, by priority, by customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.clock import Outcome
from ticket_clock_service.domain.simulation import (
    Comparison,
    Counts,
    Difference,
    MetricComparison,
)

__all__ = ["Tallies"]

SHOWN: Final = 50
"""Priorities, and customers, that get a row of their own."""
OTHER: Final = "other"

_OUTCOMES: Final = (Outcome.MET, Outcome.BREACHED, Outcome.PENDING, Outcome.CANCELLED)
_IN_FORCE: Final = {outcome: place for place, outcome in enumerate(_OUTCOMES)}
_SIMULATED: Final = {outcome: place + 4 for place, outcome in enumerate(_OUTCOMES)}
_NEWLY_BREACHED: Final = 8
_NEWLY_MET: Final = 9
_CHANGES: Final = {
    Difference.NEWLY_BREACHED: _NEWLY_BREACHED,
    Difference.NEWLY_MET: _NEWLY_MET,
}

_Tally = list[int]
"""Cycles in force by outcome, simulated by outcome, newly breached, newly met."""
_Row = tuple[str | None, _Tally]


class Tallies:
    """Counts cycles; of each metric and key one short list of numbers."""

    def __init__(self) -> None:
        self._all: dict[str, _Tally] = defaultdict(_nothing)
        self._by_priority: dict[tuple[str, str | None], _Tally] = defaultdict(_nothing)
        self._by_customer: dict[tuple[str, str | None], _Tally] = defaultdict(_nothing)

    def add(
        self,
        metric: str,
        priority: str | None,
        customer: str | None,
        before: Outcome | None,
        after: Outcome | None,
    ) -> Difference | None:
        """One cycle more; answers how it differs.

        Args:
            metric: its metric.
            priority: of its ticket.
            customer: of its ticket.
            before: its outcome in force; None if nothing measures it.
            after: its outcome under the trial; None likewise.
        """
        places = []
        if before is not None:
            places.append(_IN_FORCE[before])
        if after is not None:
            places.append(_SIMULATED[after])
        change = _change(before, after)
        if change is not None:
            places.append(_CHANGES[change])
        for tally in (
            self._all[metric],
            self._by_priority[metric, priority],
            self._by_customer[metric, customer],
        ):
            for place in places:
                tally[place] += 1
        return change

    def metrics(self) -> tuple[MetricComparison, ...]:
        """All metrics that something measures, in the order in which clocks are listed."""
        return tuple(
            MetricComparison(
                metric,
                _comparison(None, self._all[metric.value]),
                _rows(self._by_priority, metric, _by_name),
                _rows(self._by_customer, metric, _by_change),
            )
            for metric in Metric
            if metric.value in self._all
        )


def _nothing() -> _Tally:
    return [0] * 10


def _change(before: Outcome | None, after: Outcome | None) -> Difference | None:
    if after is before:
        return None
    if after is Outcome.BREACHED:
        return Difference.NEWLY_BREACHED
    return Difference.NEWLY_MET if after is Outcome.MET else None


def _comparison(key: str | None, tally: Sequence[int], others: int | None = None) -> Comparison:
    return Comparison(
        key=key,
        in_force=Counts(*tally[:4]),
        simulated=Counts(*tally[4:8]),
        newly_breached=tally[_NEWLY_BREACHED],
        newly_met=tally[_NEWLY_MET],
        others=others,
    )


def _by_name(row: _Row) -> Any:
    return row[0] is None, row[0] or ""


def _by_change(row: _Row) -> Any:
    """Those that change most first, then those with the most cycles."""
    tally = row[1]
    return -tally[_NEWLY_BREACHED] - tally[_NEWLY_MET], -sum(tally[:8]), _by_name(row)


def _rows(
    tallies: Mapping[tuple[str, str | None], _Tally],
    metric: Metric,
    order: Callable[[_Row], Any],
) -> tuple[Comparison, ...]:
    """A row for each of the keys that change most, and one for all others."""
    rows: list[_Row] = [(key, tally) for (of, key), tally in tallies.items() if of == metric.value]
    rows.sort(key=_by_change)
    found = [_comparison(key, tally) for key, tally in sorted(rows[:SHOWN], key=order)]
    if rest := [tally for _, tally in rows[SHOWN:]]:
        total = [sum(column) for column in zip(*rest, strict=True)]
        found.append(_comparison(OTHER, total, len(rest)))
    return tuple(found)
