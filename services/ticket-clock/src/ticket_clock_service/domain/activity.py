"""The activity feed: a ticket's story in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ticket_clock_service.domain.agreement import MINUTE
from ticket_clock_service.domain.changes import Change, ChangeKind
from ticket_clock_service.domain.event import instant
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.ledger import Announcement, Ledger
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.story import story
from ticket_clock_service.domain.words import sentence


def activity_entries(
    facts: Iterable[AnyFact], rulebook: Rulebook, ledger: Ledger, *, as_of: int
) -> list[dict[str, Any]]:
    """What happened to a ticket's clocks, in order, each entry with a sentence.

    Args:
        facts: everything that was reported of the ticket.
        rulebook: the tenant's terms and agreements.
        ledger: what has been told of its crossings; told is told, taken back or not.
        as_of: the instant, microseconds since 1970.
    """
    told = story(facts, rulebook, as_of)
    entries = [_movement(change) for scene in told.scenes for change in scene.changes]
    for announcement in ledger.told:
        entries.extend(_told(announcement))
    entries.sort(key=lambda entry: entry[0])
    return [entry for _, entry in entries]


def _movement(change: Change) -> tuple[int, dict[str, Any]]:
    aim = change.clock.shown_aim
    minutes = 0 if aim is None else (aim.amount or 0) // MINUTE
    return change.at, {
        "at": instant(change.at),
        "kind": change.kind.value,
        "metric": change.clock.metric.value,
        "cycle": change.clock.cycle,
        "threshold": None,
        "n": None,
        "reason": change.reason,
        "text": sentence(
            change.clock.metric.value, change.kind.value, change.reason, minutes, None
        ),
    }


def _told(one: Announcement) -> Iterator[tuple[int, dict[str, Any]]]:
    kind = ChangeKind.BREACHED if one.is_breach else ChangeKind.THRESHOLD_CROSSED
    yield one.crossed_at, _entry(one, kind, one.crossed_at)
    if one.retracted_at is not None:
        yield one.retracted_at, _entry(one, ChangeKind.RETRACTED, one.retracted_at)


def _entry(one: Announcement, kind: ChangeKind, at: int) -> dict[str, Any]:
    metric, threshold = one.key.metric.value, one.key.threshold
    return {
        "at": instant(at),
        "kind": kind.value,
        "metric": metric,
        "cycle": one.key.cycle,
        "threshold": threshold,
        "n": one.n,
        "reason": "corrected" if kind is ChangeKind.RETRACTED else None,
        "text": sentence(metric, kind.value, None, 0, threshold),
    }
