"""The activity feed: a ticket's story in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ticket_clock_service.domain.agreement import MINUTE
from ticket_clock_service.domain.changes import Change, ChangeKind
from ticket_clock_service.domain.event import instant
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.ledger import Announcement, Ledger
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.story import story

_SENTENCES: Final = {
    ChangeKind.STARTED: "started with {minutes} business minutes",
    ChangeKind.RETARGETED: "is measured against {minutes} business minutes",
    ChangeKind.PAUSED: "paused",
    ChangeKind.RESUMED: "goes on",
    ChangeKind.MET: "was met",
    ChangeKind.CANCELLED: "was cancelled",
}
_ENDED_LATE: Final = "ended late"
_SAME_TARGET: Final = "has new particulars"


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
    sentence = _SENTENCES[change.kind]
    if change.reason == "ended":
        sentence = _ENDED_LATE
    elif change.reason == "attributes":
        sentence = _SAME_TARGET
    return change.at, {
        "at": instant(change.at),
        "kind": change.kind.value,
        "metric": change.clock.metric.value,
        "cycle": change.clock.cycle,
        "threshold": None,
        "n": None,
        "reason": change.reason,
        "text": f"{_name(change.clock.metric.value)} {sentence.format(minutes=minutes)}",
    }


def _told(one: Announcement) -> Iterator[tuple[int, dict[str, Any]]]:
    kind = ChangeKind.BREACHED if one.is_breach else ChangeKind.THRESHOLD_CROSSED
    said = "was breached" if one.is_breach else f"crossed {one.key.threshold}"
    yield one.crossed_at, _entry(one, kind, one.crossed_at, said)
    if one.retracted_at is not None:
        said = f"had not {said.removeprefix('was ')}: what was reported since takes it back"
        said = said.replace("had not breached", "had not been breached")
        yield one.retracted_at, _entry(one, ChangeKind.RETRACTED, one.retracted_at, said)


def _entry(one: Announcement, kind: ChangeKind, at: int, said: str) -> dict[str, Any]:
    return {
        "at": instant(at),
        "kind": kind.value,
        "metric": one.key.metric.value,
        "cycle": one.key.cycle,
        "threshold": one.key.threshold,
        "n": one.n,
        "reason": "corrected" if kind is ChangeKind.RETRACTED else None,
        "text": f"{_name(one.key.metric.value)} {said}",
    }


def _name(metric: str) -> str:
    return metric.replace("_", " ").capitalize()
