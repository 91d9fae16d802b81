"""What the words of an annex mean: how business time is counted, and what a verdict is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sla_service.domain.annex.blocks import Block, Facts, lines

__all__ = ["definitions"]

_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Ticket": (
            "A request, an incident or another piece of work, as the provider's ticket system "
            "keeps it. Its history is the events which that system reports, each at the instant "
            "at which it happened, not at which it was told."
        ),
        "Business time": (
            "The time that really elapses while a calendar is open. Opening hours are read on the "
            "wall clock of the calendar's time zone; an interval includes the instant at which it "
            "begins and excludes the one at which it ends. Nothing is rounded: the platform "
            "counts in microseconds."
        ),
        "Change of the clock": (
            "An hour of the wall clock that is skipped in spring yields no business time; one "
            "that is repeated in autumn counts twice, as both hours really elapse. The rules of "
            "the time zone are part of the snapshot, so a later change of the law does not move a "
            "deadline."
        ),
        "24x7": "The calendar that never closes: its business time is plain elapsed time.",
        "Clock": (
            "The measurement of one metric of one ticket. It runs from what begins it to what "
            "fulfils it and stands still while it is paused; each run is a cycle."
        ),
        "Target": (
            "The business time that a clock may use. The priority of the ticket decides which "
            "target holds. When the priority changes, the used time stays used and the new target "
            "holds."
        ),
        "Due instant": (
            "The instant at which the target is used up. Where that falls on the end of an open "
            "interval it is due at that closing time. A clock that is paused has no due instant."
        ),
        "Met, breached": (
            "Met: fulfilled at or before the due instant. Breached: still running beyond it. The "
            "target in force when the cycle ends decides."
        ),
        "Late reports": (
            "What is reported late counts from when it happened: the verdict is corrected, and an "
            "announcement that turns out wrong is withdrawn."
        ),
        "Compliance": (
            "Of the cycles that are met or breached, the share that is met, in percent. Cycles "
            "still open and cancelled ones are in neither part. A cycle belongs to the period in "
            "which its due instant falls, on the wall clock of its calendar."
        ),
        "Month, quarter, year": (
            "Those of the calendar: a quarter begins in January, April, July or October."
        ),
    }
)


def definitions() -> list[Block]:
    """The same in every annex."""
    return [Facts(tuple((word, lines(meaning)) for word, meaning in _WORDS.items()))]
