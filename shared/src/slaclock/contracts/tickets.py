"""What other systems say about tickets. Stream TICKETS."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from slaclock.contracts.fields import Data, Id, JsonObject

__all__ = ["TicketChanges", "TicketDeleted", "TicketOpened", "TicketReplied", "TicketUpdated"]


class TicketOpened(Data):
    """A ticket exists from the envelope's `time` on; a second one is an update."""

    subject_field: ClassVar[str] = "ticket_id"

    ticket_id: Id
    priority: Id | None = Field(default=None, description="null: the SLA's fallback target")
    status: Id = Field(description="the publisher's own word; the status map gives its category")
    customer_id: Id | None = None
    contract_id: Id | None = None
    assignee: Id | None = Field(default=None, description="an opaque id, not a name")
    group: Id | None = None
    category: Id | None = None
    service: Id | None = None
    attributes: JsonObject = Field(default_factory=dict[str, Any])


@with_config(ConfigDict(strict=True, extra="ignore"))
class TicketChanges(TypedDict, total=False):
    """Fields that changed, each with its new value; null says that there is none any more."""

    priority: Id | None
    status: Id
    customer_id: Id | None
    contract_id: Id | None
    assignee: Id | None
    group: Id | None
    category: Id | None
    service: Id | None
    attributes: JsonObject


class TicketUpdated(Data):
    """Several changes in one event happened at one instant: pauses close before what fulfils."""

    subject_field: ClassVar[str] = "ticket_id"

    ticket_id: Id
    changes: TicketChanges


class TicketReplied(Data):
    """Somebody wrote. A public reply of an agent is a response."""

    subject_field: ClassVar[str] = "ticket_id"

    ticket_id: Id
    author: Literal["agent", "customer"]
    person: Id | None = Field(default=None, description="an opaque id, not a name")
    public: bool


class TicketDeleted(Data):
    """The ticket is gone; facts after this have no effect until it is opened again."""

    subject_field: ClassVar[str] = "ticket_id"

    ticket_id: Id
    reason: Literal["deleted", "merged"]
    into: Id | None = Field(default=None, description="the ticket that it was merged into")
