"""Escalations: what an announcement orders by the rules of its SLA, each once for ever."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from escalation_service.domain.announcement import Crossing, Key, Record, Silence
from escalation_service.domain.rule import Action, Agreement
from slaclock.contracts.canonical import uuid_of


class State(StrEnum):
    """How far an escalation has come. Every change of it is an event on the bus."""

    RAISED = "raised"
    """Ordered; the notice is on its way."""

    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up: the recipient was not told."""

    WITHDRAWN = "withdrawn"
    """The announcement was taken back, or its clock called off. Nothing is sent after this but
    corrections."""

    SILENT = "silent"
    """On record only: nobody is told, and no event says so."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """One effect: for this announcement, this action of this rule.

    Attributes:
        id: derived from the effect's key, so that ordering it twice is ordering it once.
        repeat: 0; later repetitions of a standing announcement count up.
    """

    id: UUID
    key: Key
    rule_id: str
    action: Action
    repeat: int
    crossing: Crossing
    state: State
    silence: Silence | None = None
    provisional: bool = False


def effect_id(key: Key, rule_id: str, action: Action, repeat: int) -> UUID:
    """The name of an effect: the same key is the same effect, for ever."""
    return uuid_of(
        key.tenant, str(key.announcement), rule_id, action.channel, action.to, repeat, "effect"
    )


def ordered(record: Record, agreement: Agreement) -> tuple[Escalation, ...]:
    """Everything that *agreement* orders for the announcement of *record*.

    An announcement that was taken back before it was acted upon still leaves its escalations, as
    withdrawn: the record does not depend on the order in which messages arrived.
    """
    told = record.told
    if told is None:
        return ()
    if told.silence is not None:
        state = State.SILENT
    elif record.retraction is not None or record.call_off is not None:
        state = State.WITHDRAWN
    else:
        state = State.RAISED
    return tuple(
        Escalation(
            id=effect_id(told.key, rule.rule_id, action, 0),
            key=told.key,
            rule_id=rule.rule_id,
            action=action,
            repeat=0,
            crossing=told.crossing,
            state=state,
            silence=told.silence,
            provisional=told.provisional,
        )
        for rule, action in agreement.ordered_by(told.crossing)
    )
