"""The explain document: how every figure of a ticket's clocks comes about, sums included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from slaclock.business_time.instants import from_us
from ticket_clock_service.domain.changes import Change
from ticket_clock_service.domain.clock import Agreements, Aim, Clock, State, Stretch
from ticket_clock_service.domain.event import instant
from ticket_clock_service.domain.fact import AnyFact, FactKey, data_of, kind_of
from ticket_clock_service.domain.lateness import late_facts
from ticket_clock_service.domain.ledger import ClockKey, Ledger, key_of
from ticket_clock_service.domain.reading import calendar_of, elapsed_at, read
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.status import binding_document, status_document
from ticket_clock_service.domain.story import Scene, story

LISTED: Final = 500
"""Windows that are listed of one stretch; of what is beyond them it says the sum."""

_NOWHERE: Final[Mapping[FactKey, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When facts were recorded, microseconds since 1970, and which came late."""

    recorded: Mapping[FactKey, int]
    late: frozenset[FactKey]


def explain_document(  # noqa: PLR0913  what a ticket's row knows beside its facts
    ticket_id: str,
    facts: Sequence[AnyFact],
    rulebook: Rulebook,
    ledger: Ledger,
    *,
    as_of: int,
    revision: int,
    recorded: Mapping[FactKey, int] = _NOWHERE,
) -> dict[str, Any]:
    """How a ticket's clocks come about, as `GET /ticket-clock/v1/tickets/{id}/explain` answers.

    The status document, and in each clock its `binding`, its `derivation` (what happened to it,
    thing by thing), `terms` (what it was measured against), `stretches` (each with the windows
    that it consumed; they add up to `elapsed_us`), `crossings`, and what was `taken_back`. `facts`
    says of every fact whether it counted, when it was recorded, and whether it came late: after
    something later had been told.

    Args:
        ticket_id: the ticket.
        facts: everything that was reported of it.
        rulebook: the tenant's terms and agreements.
        ledger: what has been told of it.
        as_of: the instant, microseconds since 1970.
        revision: the ticket's revision then.
        recorded: when each fact was recorded, microseconds since 1970.
    """
    arrivals = Arrivals(recorded, late_facts(facts, recorded, ledger))
    told = story(facts, rulebook, as_of)
    document = status_document(
        ticket_id, told.view, rulebook, ledger, as_of=as_of, revision=revision
    )
    derivations = _derivations(told.scenes, arrivals)
    taken_back = _taken_back(ledger)
    for clock, shown in zip(told.view.cycles, document["clocks"], strict=True):
        key = clock.metric, clock.cycle
        shown["binding"] = _binding(clock, rulebook)
        shown["derivation"] = derivations.get(key, [])
        shown.update(_explained(clock, rulebook.agreements, ledger, as_of))
        shown["taken_back"] = taken_back.get(key, [])
    document["facts"] = [
        _fact(scene, cause, arrivals) for scene in told.scenes if (cause := scene.cause) is not None
    ]
    return document


def _explained(clock: Clock, agreements: Agreements, ledger: Ledger, as_of: int) -> dict[str, Any]:
    reading = read(clock, agreements, as_of)
    return {
        "ordinal": clock.ordinal,
        "target_us": reading.target,
        "elapsed_us": reading.elapsed,
        "remaining_us": reading.remaining,
        "terms": [_aim(aim) for aim in clock.aims],
        "stretches": list(_stretches(clock, agreements, as_of)),
        "crossings": list(_crossings(clock, agreements, ledger)),
    }


def _binding(clock: Clock, rulebook: Rulebook) -> dict[str, Any]:
    """What decides this clock, and by which entry of the terms."""
    binding = clock.binding
    return {
        **(binding_document(binding, rulebook) or {}),
        "entry_id": binding.entry_id,
        "effective_from": instant(binding.effective_from),
    }


def _derivations(
    scenes: Iterable[Scene], arrivals: Arrivals
) -> Mapping[ClockKey, list[dict[str, Any]]]:
    """What happened to each clock, in order; all of them at once, as they may be thousands."""
    found: dict[ClockKey, list[dict[str, Any]]] = {}
    for scene in scenes:
        for change in scene.changes:
            key = change.clock.metric, change.clock.cycle
            found.setdefault(key, []).append(_derived(scene, change, arrivals))
    return found


def _derived(scene: Scene, change: Change, arrivals: Arrivals) -> dict[str, Any]:
    return {
        "at": instant(change.at),
        "because": _because(scene, change, arrivals),
        "effect": change.kind.value,
        "reason": change.reason,
        "elapsed_us": change.clock.elapsed,
    }


def _because(scene: Scene, change: Change, arrivals: Arrivals) -> dict[str, Any]:
    """The fact that did it, or the entry of the terms that took effect."""
    cause = scene.cause
    if cause is None:
        entry_id = change.clock.binding.entry_id
        return {"kind": "terms", "at": instant(scene.at), "entry_id": entry_id}
    return _named(cause, arrivals)


def _named(fact: AnyFact, arrivals: Arrivals) -> dict[str, Any]:
    return {
        "kind": kind_of(fact),
        "at": instant(fact.at),
        "source": fact.source,
        "id": fact.id,
        "recorded_at": instant(arrivals.recorded.get(fact.key)),
        "late": fact.key in arrivals.late,
    }


def _fact(scene: Scene, fact: AnyFact, arrivals: Arrivals) -> dict[str, Any]:
    return {**_named(fact, arrivals), "data": data_of(fact), "effects": len(scene.changes)}


def _aim(aim: Aim) -> dict[str, Any]:
    return {
        "since": instant(aim.since),
        "cause": aim.cause,
        "snapshot": aim.agreement,
        "priority": aim.priority,
        "target_us": aim.amount,
        "calendar": aim.calendar,
        "timezone": aim.timezone,
    }


def _stretches(clock: Clock, agreements: Agreements, as_of: int) -> Iterator[dict[str, Any]]:
    """All its time in order, the present stretch last; only active ones use business time."""
    for stretch in clock.stretches:
        yield _stretch(clock, stretch, agreements)
    end = max(as_of, clock.since)
    used = elapsed_at(clock, agreements, as_of) - clock.elapsed
    present = Stretch(clock.state, clock.since, end, clock.reasons, len(clock.aims) - 1, used)
    yield {**_stretch(clock, present, agreements), "to": None}


def _stretch(clock: Clock, stretch: Stretch, agreements: Agreements) -> dict[str, Any]:
    aim = clock.aims[stretch.aim]
    trace = None
    if stretch.state is State.ACTIVE and aim.amount is not None and stretch.used is not None:
        time = calendar_of(aim, agreements).time
        start, end = from_us(stretch.start), from_us(stretch.end)
        trace = time.explain(start, end, limit=LISTED).as_json()
    return {
        "state": stretch.state.value,
        "from": instant(stretch.start),
        "to": instant(stretch.end),
        "reasons": list(stretch.reasons),
        "terms": stretch.aim,
        "used_us": stretch.used or 0,
        "trace": trace,
    }


def _crossings(clock: Clock, agreements: Agreements, ledger: Ledger) -> Iterator[dict[str, Any]]:
    present = clock.aim.key
    for crossing in clock.crossings:
        row = agreements[crossing.agreement].targets[clock.metric, crossing.priority]
        mark = next(mark for mark in row.marks if mark.threshold == crossing.threshold)
        told = ledger.standing.get(key_of(clock, crossing))
        yield {
            "threshold": crossing.threshold,
            "amount_us": mark.amount,
            "crossed_at": instant(crossing.at),
            "snapshot": crossing.agreement,
            "priority": crossing.priority,
            "passed_over": crossing.passed_over,
            "superseded": (crossing.agreement, crossing.priority) != present,
            "n": None if told is None else told.n,
            "announced_at": None if told is None else instant(told.noticed_at),
        }


def _taken_back(ledger: Ledger) -> Mapping[ClockKey, list[dict[str, Any]]]:
    """What was told of each clock, and is not so by what is known now, in the order of telling."""
    found: dict[ClockKey, list[dict[str, Any]]] = {}
    for one in sorted(ledger.in_order(), key=lambda one: one.noticed_at):
        if one.retracted_at is not None:
            entry = {
                "threshold": one.key.threshold,
                "n": one.n,
                "crossed_at": instant(one.crossed_at),
                "announced_at": instant(one.noticed_at),
                "retracted_at": instant(one.retracted_at),
            }
            found.setdefault(one.key.clock, []).append(entry)
    return found
