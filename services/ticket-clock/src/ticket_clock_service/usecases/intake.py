"""Events by HTTP: each checked by itself, those that are good handed to the bus."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Protocol

from slaclock.contracts.envelope import Event, EventRefused, message_id, nats_subject
from slaclock.contracts.registry import REGISTRY, decode_document
from slaclock.errors import Fault, Refusal
from slaclock.messaging.outbox import Outgoing
from ticket_clock_service.ports import Reported

AHEAD = timedelta(minutes=5)
"""A fact dated further ahead of our clock is refused: somebody's clock is wrong."""

OUTSIDE = ("TICKETS", "COMMERCE", "PLANNING")
"""Streams that other systems may write."""

FactId = tuple[str, bytes]
"""(ticket id, fact key) within a tenant."""


class IntakeParts(Protocol):
    """What the intake needs from outside."""

    async def known(self, tenant: str, wanted: Collection[FactId]) -> Mapping[FactId, bytes]:
        """Content hashes of the facts that are stored already."""

    async def publish(self, messages: Sequence[Outgoing]) -> Mapping[int, str]:
        """Hand messages of one stream to the broker; returns after its acknowledgement.

        Answers, by index, why the broker refuses some for good; the others are stored.
        """


@dataclass(slots=True)
class Answer:
    """What became of the events of one request; every event is counted once."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, index: int, refusal: Refusal) -> None:
        """Note why event *index* was not taken; its first fault in front, all of them beside."""
        faults = refusal.faults or (Fault("", None, str(refusal), "", refusal.code),)
        listed = [
            {"field": f.field, "value": f.value, "message": f.message, "remedy": f.remedy}
            for f in faults
        ]
        self.rejected.append({"index": index, "code": refusal.code, **listed[0], "faults": listed})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends events.

    Attributes:
        may_trade: also commercial and planning events.
        may_import: also events with `origin: import`.
    """

    tenant: str
    may_trade: bool
    may_import: bool


async def take_in(
    documents: Sequence[Any],
    caller: Caller,
    now: datetime,
    parts: IntakeParts,
    fact_in: Callable[[Event[Any]], Reported],
) -> Answer:
    """Check *documents* and publish those that are new.

    Args:
        documents: CloudEvents as JSON objects, at most 1,000.
        caller: tenant and rights.
        now: UTC; see `AHEAD`.
        parts: the store and the bus.
        fact_in: the fact that a ticket event tells, for its identity.
    """
    answer = Answer()
    events: list[tuple[int, Event[Any]]] = []
    for index, document in enumerate(documents):
        try:
            events.append((index, _checked(document, caller, now)))
        except Refusal as refusal:
            answer.reject(index, refusal)
    fresh = await _new_ones(events, caller, parts, fact_in, answer)
    for stream in OUTSIDE:
        own = [(index, event) for index, event in fresh if REGISTRY[event.type].stream == stream]
        if own:
            refused = await parts.publish([_message(event) for _, event in own])
            answer.accepted += len(own) - len(refused)
            for place, reason in refused.items():
                answer.reject(own[place][0], Refusal(reason, code="event.refused-by-broker"))
    answer.rejected.sort(key=itemgetter("index"))
    return answer


def _checked(document: Any, caller: Caller, now: datetime) -> Event[Any]:
    if not isinstance(document, dict):
        raise EventRefused.one(
            "event.malformed", "", document, "not a JSON object", "send one CloudEvent as an object"
        )
    said = document.get("type")
    contract = REGISTRY.get(said) if isinstance(said, str) else None
    if contract is not None and contract.stream not in OUTSIDE:
        raise EventRefused.one(
            "event.not-yours",
            "type",
            said,
            "published by the platform itself",
            "send events of tickets, commerce or planning",
        )
    event = decode_document(document, caller.tenant)
    stream = REGISTRY[event.type].stream
    if stream != "TICKETS" and not caller.may_trade:
        raise EventRefused.one(
            "event.role-insufficient",
            "type",
            event.type,
            "not for your role",
            "use a credential with the role service or admin",
        )
    if event.origin is not None and not caller.may_import:
        raise EventRefused.one(
            "event.origin-refused",
            "origin",
            event.origin,
            "only importers may say so",
            "leave origin out, or use `slaclock import events`",
        )
    if event.time > now + AHEAD:
        raise EventRefused.one(
            "fact.in-future",
            "time",
            document.get("time"),
            "more than 5 minutes ahead of the platform's clock",
            "send the instant at which it happened; check the sender's clock and time zone",
        )
    limit = REGISTRY[event.type].limit
    if (size := len(event.encode())) > limit:
        raise EventRefused.one(
            "event.too-large",
            "",
            size,
            f"{size} bytes are more than the {limit} that an event of this type may have",
            "send ids instead of texts and leave out what the platform does not need",
        )
    return event


async def _new_ones(
    events: Sequence[tuple[int, Event[Any]]],
    caller: Caller,
    parts: IntakeParts,
    fact_in: Callable[[Event[Any]], Reported],
    answer: Answer,
) -> list[tuple[int, Event[Any]]]:
    """Events that are not known yet; a known identity with other content is a conflict."""
    facts = {
        index: fact_in(event) for index, event in events if REGISTRY[event.type].stream == "TICKETS"
    }
    wanted = {(fact.ticket_id, fact.fact_key) for fact in facts.values()}
    known = dict(await parts.known(caller.tenant, wanted)) if wanted else {}
    fresh: list[tuple[int, Event[Any]]] = []
    for index, event in events:
        fact = facts.get(index)
        if fact is None:
            fresh.append((index, event))
            continue
        content = known.setdefault((fact.ticket_id, fact.fact_key), fact.content_hash)
        if content is fact.content_hash:
            fresh.append((index, event))
        elif content == fact.content_hash:
            answer.duplicates += 1
        else:
            answer.reject(index, conflict(fact))
    return fresh


def conflict(fact: Reported) -> Refusal:
    """The same identity was used for something else."""
    return Refusal(
        code="fact.conflict",
        faults=[
            Fault(
                "id",
                fact.event_id,
                f"{fact.source} has told something else of {fact.ticket_id} under this id",
                "give every event an id of its own; correct an earlier one by another event",
                "fact.conflict",
            )
        ],
    )


def _message(event: Event[Any]) -> Outgoing:
    contract = REGISTRY[event.type]
    return Outgoing(
        event.tenant,
        contract.stream,
        nats_subject(event.type, event.tenant, contract.version),
        message_id(event.tenant, event.source, event.id),
        event.encode(),
    )
