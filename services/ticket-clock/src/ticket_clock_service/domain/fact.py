"""Facts: what happened to a ticket, as another system reported it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, assert_never

from msgspec import Struct

from slaclock.errors import Fault, Refusal
from ticket_clock_service.domain.attributes import impact_of

FactKey = tuple[str, str]
"""(source, id): a fact's identity within its ticket."""

Order = tuple[int, int, str, str]
"""(time, sequence, source, id): the one order in which facts take effect."""

FIELDS: Final = (
    "priority",
    "status",
    "customer_id",
    "contract_id",
    "assignee",
    "group",
    "category",
    "service",
)
"""What a fact may say about a ticket and clocks take note of."""


class Author(StrEnum):
    """Who wrote a reply."""

    AGENT = "agent"
    CUSTOMER = "customer"


class Fact(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind"):
    """What all facts have.

    Attributes:
        source, id: identity within the ticket, given by the publisher.
        at: when it happened, microseconds since 1970 (UTC).
        sequence: the publisher's order among facts of one instant; 0 where none was given.
        imported: it comes from an import, so nobody is notified because of it.
    """

    source: str
    id: str
    at: int
    sequence: int = 0
    imported: bool = False

    @property
    def key(self) -> FactKey:
        """Its identity within the ticket."""
        return self.source, self.id

    @property
    def order(self) -> Order:
        """Its place among the ticket's facts."""
        return self.at, self.sequence, self.source, self.id


class Opened(Fact, frozen=True, gc=False, kw_only=True, tag="opened"):
    """The ticket exists. A second one only updates the *fields* that it gives."""

    fields: Mapping[str, str | None]


class Updated(Fact, frozen=True, gc=False, kw_only=True, tag="updated"):
    """Fields of the ticket changed, all at one instant; None clears one."""

    changes: Mapping[str, str | None]


class Replied(Fact, frozen=True, gc=False, kw_only=True, tag="replied"):
    """Somebody wrote. A public reply of an agent is a response."""

    author: Author
    public: bool


class Deleted(Fact, frozen=True, gc=False, kw_only=True, tag="deleted"):
    """The ticket is gone, `deleted` or `merged` into another."""

    reason: str


AnyFact = Opened | Updated | Replied | Deleted
"""Every kind of fact there is."""


class UnknownKind(Refusal):
    """A fact of a kind that clocks know nothing of."""

    code = "fact.unknown-kind"


def fact_of(  # noqa: PLR0913  an envelope has this many parts
    kind: str,
    data: Mapping[str, Any],
    *,
    source: str,
    id: str,  # noqa: A002  CloudEvents calls it so
    at: int,
    sequence: int = 0,
    imported: bool = False,
) -> AnyFact:
    """The fact that an event tells.

    Args:
        kind: `opened`, `updated`, `replied` or `deleted`; the event's whole type will do as well.
        data: the event's data, already validated against its contract.
        source: the publisher, as in the envelope.
        id: the publisher's name for the event.
        at: the envelope's time, microseconds since 1970.
        sequence: the envelope's sequence, 0 if absent.
        imported: the envelope's origin is `import`.

    Raises:
        UnknownKind: *kind* is none of the four.
    """
    match kind.rpartition(".")[2]:
        case "opened":
            given = {name: data[name] for name in FIELDS if data.get(name) is not None}
            if (impact := impact_of(data.get("attributes"))) is not None:
                given["customer_impact"] = impact
            return Opened(
                source=source, id=id, at=at, sequence=sequence, imported=imported, fields=given
            )
        case "updated":
            changes = data["changes"]
            given = {name: changes[name] for name in FIELDS if name in changes}
            if "attributes" in changes:  # the new value of them all
                given["customer_impact"] = impact_of(changes["attributes"])
            return Updated(
                source=source, id=id, at=at, sequence=sequence, imported=imported, changes=given
            )
        case "replied":
            return Replied(
                source=source,
                id=id,
                at=at,
                sequence=sequence,
                imported=imported,
                author=Author(data["author"]),
                public=bool(data["public"]),
            )
        case "deleted":
            return Deleted(
                source=source,
                id=id,
                at=at,
                sequence=sequence,
                imported=imported,
                reason=str(data["reason"]),
            )
        case other:
            raise UnknownKind(
                faults=[
                    Fault(
                        field="type",
                        value=other,
                        message="no such kind of fact",
                        remedy="send opened, updated, replied or deleted",
                        code=UnknownKind.code,
                    )
                ]
            )


def kind_of(fact: AnyFact) -> str:
    """The last word of the event type that tells *fact*."""
    match fact:
        case Opened():
            return "opened"
        case Updated():
            return "updated"
        case Replied():
            return "replied"
        case Deleted():
            return "deleted"
        case _:
            assert_never(fact)


def data_of(fact: AnyFact) -> dict[str, Any]:
    """What *fact* says, as `fact_of` takes it."""
    match fact:
        case Opened(fields=fields):
            return _said(fields)
        case Updated(changes=changes):
            return {"changes": _said(changes)}
        case Replied(author=author, public=public):
            return {"author": author.value, "public": public}
        case Deleted(reason=reason):
            return {"reason": reason}
        case _:
            assert_never(fact)


def _said(fields: Mapping[str, str | None]) -> dict[str, Any]:
    """Fields as events have them: the impact is one of the ticket's attributes there."""
    if "customer_impact" not in fields:
        return dict(fields)
    said: dict[str, Any] = {name: value for name, value in fields.items() if name in FIELDS}
    impact = fields["customer_impact"]
    said["attributes"] = {} if impact is None else {"customer_impact": impact}
    return said
