"""The envelope of every message: CloudEvents 1.0 in structured JSON, and its NATS subject.

Required attributes are strict; attributes that are not ours are ignored, because other systems may
add their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final, Generic, Literal, Self, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from slaclock.contracts.canonical import canonical, canonical_plain, sha256_hex
from slaclock.contracts.faults import faults_of, shown
from slaclock.contracts.fields import Data, Id, Tenant
from slaclock.contracts.instants import Instant, rfc3339
from slaclock.errors import Fault, Refusal

__all__ = [
    "Event",
    "EventRefused",
    "SubjectParts",
    "message_id",
    "nats_subject",
    "parse",
    "parse_document",
    "split_subject",
]

JSON_TYPE: Final = "application/cloudevents+json"
BATCH_TYPE: Final = "application/cloudevents-batch+json"

_SUBJECT: Final = re.compile(
    r"(sla(?:\.[a-z_]+)+)\.v([1-9][0-9]{0,3})\.([a-z0-9-]{1,63})", re.ASCII
)


class EventRefused(Refusal):
    """An event that cannot be taken as it stands.

    Codes: `event.malformed`, `event.too-large`, `event.unknown-type`, `event.unknown-version`,
    `event.type-mismatch`, `event.tenant-mismatch`, `event.subject-mismatch`,
    `event.bus-subject-malformed`.
    """

    code = "event.malformed"

    @classmethod
    def one(cls, code: str, field: str, value: object, message: str, remedy: str) -> Self:
        """A refusal for one fault, with its code."""
        return cls(faults=[Fault(field, shown(value), message, remedy, code)], code=code)


D = TypeVar("D", bound=Data)


class Event(BaseModel, Generic[D]):
    """One event. `data` is the model of its type; `time` is when it happened, in UTC."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    specversion: Literal["1.0"]
    id: Id = Field(description="unique per tenant and source")
    source: Id = Field(description="who says so: a URI reference of the publisher's choice")
    type: Id = Field(description="without a version")
    subject: Id = Field(description="what it is about: equals the id in data")
    time: Instant = Field(description="when it happened, not when it was sent")
    tenant: Tenant = Field(description="equals the last token of the NATS subject")
    data: D
    sequence: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")] | None = Field(
        default=None, description="decides among equal times; compared as an integer, absent = 0"
    )
    correlationid: Id | None = Field(default=None, description="the story it belongs to")
    causationid: Id | None = Field(default=None, description="the message before it")
    traceparent: Id | None = Field(default=None, description="W3C trace context")
    origin: Literal["import"] | None = Field(default=None, description="set by importers only")

    @property
    def order(self) -> int:
        """`sequence` as the integer that it is compared as; 0 where there is none."""
        return int(self.sequence) if self.sequence else 0

    def document(self) -> dict[str, Any]:
        """The JSON object: every key of the data, of the optional attributes those that are set."""
        optional = {
            name: value
            for name in ("sequence", "correlationid", "causationid", "traceparent", "origin")
            if (value := getattr(self, name)) is not None
        }
        return {
            "specversion": self.specversion,
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": rfc3339(self.time),
            "tenant": self.tenant,
            "datacontenttype": "application/json",
            "data": self.data.model_dump(mode="json"),
            **optional,
        }

    def encode(self) -> bytes:
        """The message's body: canonical JSON, so that the same event is the same bytes."""
        return canonical(self.document())


@dataclass(frozen=True, slots=True)
class SubjectParts:
    """What a NATS subject says of its message."""

    type: str
    version: int
    tenant: str


def nats_subject(event_type: str, tenant: str, version: int = 1) -> str:
    """Where an event travels: `<type>.v<N>.<tenant>`."""
    return f"{event_type}.v{version}.{tenant}"


@lru_cache(maxsize=4096)  # a few types for each tenant
def split_subject(subject: str) -> SubjectParts:
    """The parts of a NATS subject.

    Raises:
        EventRefused: `event.bus-subject-malformed`, not `<type>.v<N>.<tenant>`.
    """
    found = _SUBJECT.fullmatch(subject)
    if found is None:
        raise EventRefused.one(
            "event.bus-subject-malformed",
            "NATS subject",
            subject,
            "not of the form <type>.v<N>.<tenant>",
            "publish on a subject such as sla.ticket.opened.v1.acme; a tenant is 1 to 63 of a-z,"
            " 0-9 and -",
        )
    return SubjectParts(found[1], int(found[2]), found[3])


def message_id(tenant: str, source: str, event_id: str) -> str:
    """`Nats-Msg-Id` of an event: SHA-256 of the JSON array [tenant, source, id]."""
    return sha256_hex(canonical_plain((tenant, source, event_id)))


def parse(raw: bytes, parts: SubjectParts, model: type[Event[D]], *, limit: int) -> Event[D]:
    """The event in a message's body; its type and tenant are those of the message's subject.

    Args:
        raw: the body.
        parts: of the NATS subject that it came on.
        model: `Event` of the data's model.
        limit: bytes that a body may have.

    Raises:
        EventRefused: with every fault of the fields, or the one that contradicts the subject.
    """
    if len(raw) > limit:
        raise _too_large(len(raw), limit)
    try:
        event = model.model_validate_json(raw)
    except ValidationError as error:
        _check_said_type(raw, parts)
        raise EventRefused(faults=faults_of(error)) from error
    _check(event, parts)
    return event


def parse_document(
    document: Mapping[str, Any], parts: SubjectParts, model: type[Event[D]]
) -> Event[D]:
    """The same for an object that was parsed already; its size is the caller's business.

    Raises:
        EventRefused: as `parse`.
    """
    try:
        event = model.model_validate(document)
    except ValidationError as error:
        raise EventRefused(faults=faults_of(error)) from error
    _check(event, parts)
    return event


def _check(event: Event[Any], parts: SubjectParts) -> None:
    if event.tenant != parts.tenant:
        raise EventRefused.one(
            "event.tenant-mismatch",
            "tenant",
            event.tenant,
            f"differs from {parts.tenant!r}, the tenant that it was sent for",
            "write the same tenant in the envelope and in the subject or credential",
        )
    _check_type(event.type, parts)
    data: Data = event.data
    about = getattr(data, data.subject_field)
    if event.subject != about:
        raise EventRefused.one(
            "event.subject-mismatch",
            "subject",
            event.subject,
            f"differs from data.{data.subject_field}, {shown(about)!r}",
            f"write data.{data.subject_field} into subject",
        )


def _check_type(said: str, parts: SubjectParts) -> None:
    if said != parts.type:
        raise EventRefused.one(
            "event.type-mismatch",
            "type",
            said,
            f"differs from {parts.type!r}, the type in the NATS subject",
            "write the same type in the envelope and in the subject, without its version",
        )


def _check_said_type(raw: bytes, parts: SubjectParts) -> None:
    """An event of another type has faults in all its data; its type is the one to name."""
    try:
        said = orjson.loads(raw)["type"]
    except (orjson.JSONDecodeError, KeyError, TypeError, IndexError):
        return
    if isinstance(said, str):
        _check_type(said, parts)


def _too_large(size: int, limit: int) -> EventRefused:
    return EventRefused.one(
        "event.too-large",
        "",
        size,
        f"{size} bytes are more than the {limit} that an event of this type may have",
        "send ids instead of texts and leave out what the platform does not need",
    )
