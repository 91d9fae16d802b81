"""Sums over the spans of many cycles that one calendar measures, in arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from slaclock.business_time.errors import InstantOutOfRange, NoBusinessTime
from ticket_clock_service.domain.agreement import BusinessTime
from ticket_clock_service.domain.aimed import figures_of_aimed, outcome_of
from ticket_clock_service.domain.simulation import Figures
from ticket_clock_service.domain.spans import ACTIVE, PAUSED, Span

__all__ = ["figures_of"]

_Ints: TypeAlias = NDArray[np.int64]
_Flags: TypeAlias = NDArray[np.bool_]
_NEVER: Final = -1


def figures_of(spans: Sequence[Span], as_of: int) -> list[Figures]:
    """What each of *spans*, all of which have a target, shows at an instant.

    Args:
        spans: of any calendars.
        as_of: where their last runs end, if they are active.
    """
    found: list[Figures | None] = [None] * len(spans)
    sheets: dict[str, _Sheet] = {}
    for place, span in enumerate(spans):
        target = span.plan.target
        if target is None:
            raise ValueError("only what has a target can be measured")
        if span.is_aimed:
            found[place] = figures_of_aimed(span, target, as_of)
            continue
        sheet = sheets.get(target.calendar.name)
        if sheet is None:
            sheets[target.calendar.name] = sheet = _Sheet(target.calendar.time, as_of)
        sheet.add(place, span, target.amount)
    for sheet in sheets.values():
        for place, figures in sheet.figures():
            found[place] = figures
    return [figures for figures in found if figures is not None]


class _Sheet:
    """Spans of one calendar."""

    def __init__(self, time: BusinessTime, as_of: int) -> None:
        self._time, self._as_of = time, as_of
        self._places: list[int] = []
        self._spans: list[Span] = []
        self._amounts: list[int] = []
        self._counts: list[int] = []
        self._runs: list[int] = []

    def add(self, place: int, span: Span, amount: int) -> None:
        """One more."""
        self._places.append(place)
        self._spans.append(span)
        self._amounts.append(amount)
        self._counts.append(len(span.runs) // 2)
        self._runs += span.runs

    def figures(self) -> list[tuple[int, Figures]]:
        """All of them, each with its place."""
        elapsed, due, breached = self._sums()
        return [
            (
                place,
                Figures(
                    outcome=outcome_of(span, is_breached=is_breached),
                    due=None if at == _NEVER else at,
                    elapsed=used,
                    target=amount,
                ),
            )
            for place, span, amount, used, at, is_breached in zip(
                self._places,
                self._spans,
                self._amounts,
                elapsed.tolist(),
                due.tolist(),
                breached.tolist(),
                strict=True,
            )
        ]

    def _sums(self) -> tuple[_Ints, _Ints, _Flags]:
        """Business time used, due instants (or `_NEVER`), and whether the breach was crossed.

        It was, if the clock ran on beyond the instant at which its target was used up: in that
        run, or in any later one.
        """
        runs = np.array(self._runs, np.int64).reshape(-1, 2)
        starts, ends = runs[:, 0], runs[:, 1]
        amounts = np.array(self._amounts, np.int64)
        counts = np.array(self._counts, np.int64)
        states = np.array([span.state for span in self._spans])
        used = self._time.elapsed_many(starts, ends)
        upto = np.concatenate([[0], np.cumsum(used)])  # wraps at worst; differences are right
        lasts = np.cumsum(counts)
        base = upto[lasts - counts]
        elapsed = upto[lasts] - base
        owner = np.repeat(np.arange(len(counts)), counts)
        before = upto[:-1] - base[owner]
        amount = amounts[owner]
        fills = np.nonzero((before < amount) & (before + used >= amount))[0]
        due = np.full(len(counts), _NEVER, np.int64)
        breached = np.zeros(len(counts), np.bool_)
        if fills.size:
            full_at = self._time.add_us_many(starts[fills], amount[fills] - before[fills])
            due[owner[fills]] = full_at
            runs_on = fills < lasts[owner[fills]] - 1
            breached[owner[fills]] = (full_at < ends[fills]) | runs_on
        ahead = np.nonzero((elapsed < amounts) & (states != PAUSED))[0]
        if ahead.size:
            since = np.array([span.since for span in self._spans], np.int64)
            goes_on = np.where(states == ACTIVE, self._as_of, since)[ahead]
            due[ahead] = self._reached(goes_on, amounts[ahead] - elapsed[ahead])
        due[states == PAUSED] = _NEVER
        return elapsed, due, breached

    def _reached(self, starts: _Ints, amounts: _Ints) -> _Ints:
        """`add_us_many`, one by one where one of them lies beyond all time of the calendar."""
        try:
            return self._time.add_us_many(starts, amounts)
        except (NoBusinessTime, InstantOutOfRange):
            pairs = zip(starts.tolist(), amounts.tolist(), strict=True)
            return np.array([self._one(start, amount) for start, amount in pairs], np.int64)

    def _one(self, start: int, amount: int) -> int:
        try:
            return self._time.add_us(start, amount)
        except (NoBusinessTime, InstantOutOfRange):
            return _NEVER
