"""Pictures as bytes: what is stored of a ticket between two changes. Canonical JSON.

Keys stand in its order, in which they are spelled in half the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import orjson
from msgspec import to_builtins
from msgspec.structs import astuple

from slaclock.contracts.canonical import canonical_plain
from slaclock.terms import Binding, Category, Mode, Reason
from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.attributes import NOTHING_KNOWN, Attributes
from ticket_clock_service.domain.clock import Aim, Clock, Crossing, Holder, State, Stretch
from ticket_clock_service.domain.fact import AnyFact, Order, data_of, fact_of, kind_of
from ticket_clock_service.domain.picture import FOLD_VERSION, Ignored, Phase, Picture

# By a look into a table members of an enumeration are found in a fifth of the time.
_METRICS: Final = {metric.value: metric for metric in Metric}
_STATES: Final = {state.value: state for state in State}
_REASONS: Final = {reason.value: reason for reason in Reason}
_MODES: Final = {mode.value: mode for mode in Mode}
_PHASES: Final = {phase.value: phase for phase in Phase}
_CATEGORIES: Final = {category.value: category for category in Category}


_Spelled: TypeAlias = dict[int, dict[str, str]]
"""Documents of the fields of one picture, by identity: all of them live as long as it does."""


class StalePictureError(ValueError):
    """Bytes that another version of the fold has made; the ticket is folded from its facts."""


def picture_bytes(picture: Picture) -> bytes:
    """*picture* as canonical JSON: equal pictures give equal bytes."""
    return canonical_plain(picture_document(picture))


def picture_of(content: bytes) -> Picture:
    """The picture that `picture_bytes` made *content* of.

    Raises:
        StalePictureError: another version of the fold has made it.
    """
    document = orjson.loads(content)
    if document.get("fold") != FOLD_VERSION:
        raise StalePictureError(f"made by fold {document.get('fold')}, this is {FOLD_VERSION}")
    position = document["position"]
    return Picture(
        phase=_PHASES[document["phase"]],
        position=None if position is None else _position(*position),
        at=document["at"],
        opened=document["opened"],
        ticket=_attributes(document["ticket"]),
        category=_CATEGORIES[document["category"]],
        clocks=tuple([_clock(one) for one in document["clocks"]]),
        past=tuple([_clock(one) for one in document["past"]]),
        waiting=tuple([_fact(one) for one in document["waiting"]]),
        ignored=tuple([Ignored(*one) for one in document["ignored"]]),
        unanswered=document["unanswered"],
    )


def picture_document(picture: Picture) -> dict[str, Any]:
    """*picture* as JSON."""
    spelled: _Spelled = {}
    return {
        "at": picture.at,
        "category": str(picture.category),
        "clocks": [_clock_document(clock, spelled) for clock in picture.clocks],
        "fold": FOLD_VERSION,
        "ignored": [[one.status, one.source, one.id, one.at, one.count] for one in picture.ignored],
        "opened": picture.opened,
        "past": [_clock_document(clock, spelled) for clock in picture.past],
        "phase": str(picture.phase),
        "position": picture.position and _position_document(*picture.position),
        "ticket": _attributes_document(picture.ticket, spelled),
        "unanswered": picture.unanswered,
        "waiting": [_fact_document(fact) for fact in picture.waiting],
    }


def _position_document(at: int, sequence: int, source: str, identity: str) -> list[int | str]:
    """A sequence may have 18 digits, more than a number in JSON carries."""
    return [at, str(sequence), source, identity]


def _position(at: int, sequence: str, source: str, identity: str) -> Order:
    return at, int(sequence), source, identity


def _clock_document(clock: Clock, spelled: _Spelled) -> dict[str, Any]:
    return {
        "aims": [astuple(aim) for aim in clock.aims],
        "binding": astuple(clock.binding),
        "bound_as": _attributes_document(clock.bound_as, spelled),
        "cancelled": clock.cancelled,
        "crossings": [
            [c.threshold, c.at, c.agreement, c.priority, c.passed_over, *_holder_document(c.holder)]
            for c in clock.crossings
        ],
        "cycle": clock.cycle,
        "elapsed": clock.elapsed,
        "kept": None if clock.kept is None else _attributes_document(clock.kept, spelled),
        "metric": str(clock.metric),
        "next_at": clock.next_at,
        "opened": clock.opened,
        "ordinal": clock.ordinal,
        "owner": clock.owner,
        "reasons": clock.reasons,
        "since": clock.since,
        "state": str(clock.state),
        "stretches": [astuple(stretch) for stretch in clock.stretches],
    }


def _clock(document: Mapping[str, Any]) -> Clock:
    kept = document["kept"]
    return Clock(
        metric=_METRICS[document["metric"]],
        cycle=document["cycle"],
        ordinal=document["ordinal"],
        opened=document["opened"],
        binding=_binding(document["binding"]),
        bound_as=_attributes(document["bound_as"]),
        state=_STATES[document["state"]],
        since=document["since"],
        reasons=tuple(document["reasons"]),
        aims=tuple([Aim(*one) for one in document["aims"]]),
        cancelled=document["cancelled"],
        stretches=tuple(
            [
                Stretch(_STATES[state], start, end, tuple(reasons), aim, used)
                for state, start, end, reasons, aim, used in document["stretches"]
            ]
        ),
        elapsed=document["elapsed"],
        crossings=tuple([_crossing(*one) for one in document["crossings"]]),
        next_at=document["next_at"],
        kept=None if kept is None else _attributes(kept),
        owner=document["owner"],
    )


def _holder_document(holder: Holder | None) -> tuple[str | None, ...]:
    """Nothing where nobody is known, so that it stays small."""
    return () if holder is None else (holder.assignee, holder.group)


def _crossing(
    threshold: str, at: int, agreement: str, priority: str | None, passed_over: Any, *holder: Any
) -> Crossing:
    return Crossing(
        threshold, at, agreement, priority, passed_over, Holder(*holder) if holder else None
    )


def _attributes_document(ticket: Attributes, spelled: _Spelled) -> dict[str, str]:
    """Only what is known, so that it stays small; once for all that share the same fields."""
    document = spelled.get(id(ticket))
    if document is None:
        document = spelled[id(ticket)] = to_builtins(ticket)
    return document


def _attributes(document: Mapping[str, str]) -> Attributes:
    return Attributes(**document) if document else NOTHING_KNOWN


def _binding(document: list[Any]) -> Binding:
    reason, agreement, entry_id, contract_id, effective_from, mode, *rest = document
    return Binding(
        _REASONS[reason], agreement, entry_id, contract_id, effective_from, _MODES[mode], *rest
    )


def _fact_document(fact: AnyFact) -> list[Any]:
    return [
        kind_of(fact),
        data_of(fact),
        fact.source,
        fact.id,
        fact.at,
        str(fact.sequence),
        fact.imported,
    ]


def _fact(document: list[Any]) -> AnyFact:
    kind, data, source, identity, at, sequence, imported = document
    return fact_of(
        kind, data, source=source, id=identity, at=at, sequence=int(sequence), imported=imported
    )
