"""The activity feed: a ticket's story in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Protocol

from ticket_clock_service.domain.agreement import MINUTE
from ticket_clock_service.domain.changes import Change, ChangeKind
from ticket_clock_service.domain.event import instant
from ticket_clock_service.domain.fact import AnyFact, FactKey, kind_of
from ticket_clock_service.domain.lateness import late_facts
from ticket_clock_service.domain.ledger import Announcement, Ledger
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.story import story
from ticket_clock_service.domain.words import escalation_sentence, fact_sentence, sentence

_NOWHERE: Final[Mapping[FactKey, int]] = MappingProxyType({})


class Deed(Protocol):
    """Something that escalation did of an announcement; `Escalated` fits."""

    @property
    def kind(self) -> str:
        """`raised`, `delivered`, `failed`, `acknowledged` or `withdrawn`."""

    @property
    def at_us(self) -> int:
        """When, microseconds since 1970."""

    @property
    def metric(self) -> str:
        """Of the clock."""

    @property
    def cycle(self) -> str:
        """Of the clock."""

    @property
    def threshold(self) -> str:
        """That was crossed."""

    @property
    def announcement_id(self) -> str:
        """What was announced."""

    @property
    def effect_id(self) -> str:
        """The effect that was ordered."""

    @property
    def rule_id(self) -> str:
        """By which rule of the agreement."""

    @property
    def channel(self) -> str:
        """How people are told."""

    @property
    def level(self) -> int | None:
        """Of the escalation."""

    @property
    def attempt(self) -> int | None:
        """Of the delivery."""

    @property
    def reason(self) -> str | None:
        """Why it was withdrawn."""


def activity_entries(  # noqa: PLR0913  what is known of a ticket beside its facts
    facts: Sequence[AnyFact],
    rulebook: Rulebook,
    ledger: Ledger,
    *,
    as_of: int,
    recorded: Mapping[FactKey, int] = _NOWHERE,
    escalated: Iterable[Deed] = (),
) -> list[dict[str, Any]]:
    """What happened to a ticket, in order, each entry with a sentence.

    `about` says of what kind it is: a `fact` that was reported, a movement or crossing of a
    `clock`, an `escalation`.

    Args:
        facts: everything that was reported of the ticket.
        rulebook: the tenant's terms and agreements.
        ledger: what has been told of its crossings; told is told, taken back or not.
        as_of: the instant, microseconds since 1970.
        recorded: when each fact was recorded, microseconds since 1970.
        escalated: what escalation told of it.
    """
    told = story(facts, rulebook, as_of)
    late = late_facts(facts, recorded, ledger)
    entries = []
    for scene in told.scenes:
        if (cause := scene.cause) is not None:
            recorded_at, is_late = recorded.get(cause.key), cause.key in late
            entries.append((cause.at, _fact(cause, recorded_at, is_late=is_late)))
        entries += [_movement(change) for change in scene.changes]
    for announcement in ledger.in_order():
        entries.extend(_told(announcement))
    entries += [(deed.at_us, _deed(deed)) for deed in escalated]
    entries.sort(key=lambda entry: entry[0])
    return [entry for _, entry in entries]


def _fact(fact: AnyFact, recorded_at: int | None, *, is_late: bool) -> dict[str, Any]:
    said = fact_sentence(fact)
    if is_late and recorded_at is not None:
        said += f" (told late, {instant(recorded_at)})"
    return {
        "about": "fact",
        "at": instant(fact.at),
        "kind": f"ticket_{kind_of(fact)}",
        "metric": None,
        "cycle": None,
        "threshold": None,
        "n": None,
        "reason": None,
        "text": said,
        "source": fact.source,
        "id": fact.id,
        "recorded_at": instant(recorded_at),
        "late": is_late,
    }


def _deed(deed: Deed) -> dict[str, Any]:
    return {
        "about": "escalation",
        "at": instant(deed.at_us),
        "kind": f"escalation_{deed.kind}",
        "metric": deed.metric,
        "cycle": deed.cycle,
        "threshold": deed.threshold,
        "n": None,
        "reason": deed.reason,
        "text": escalation_sentence(deed.kind, deed.metric, deed.threshold, deed.channel),
        "announcement_id": deed.announcement_id,
        "effect_id": deed.effect_id,
        "rule_id": deed.rule_id,
        "channel": deed.channel,
        "level": deed.level,
        "attempt": deed.attempt,
    }


def _movement(change: Change) -> tuple[int, dict[str, Any]]:
    aim = change.clock.shown_aim
    minutes = 0 if aim is None else (aim.amount or 0) // MINUTE
    return change.at, {
        "about": "clock",
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
        "about": "clock",
        "at": instant(at),
        "kind": kind.value,
        "metric": metric,
        "cycle": one.key.cycle,
        "threshold": threshold,
        "n": one.n,
        "reason": "corrected" if kind is ChangeKind.RETRACTED else None,
        "text": sentence(metric, kind.value, None, 0, threshold),
    }
