"""The messages that services and other systems exchange, and an example of each."""

from __future__ import annotations

from slaclock.contracts.canonical import canonical, content_hash, sha256_hex, uuid_of
from slaclock.contracts.envelope import (
    Event,
    EventRefused,
    SubjectParts,
    message_id,
    nats_subject,
    split_subject,
)
from slaclock.contracts.instants import Instant, from_us, parse_instant, rfc3339, to_us
from slaclock.contracts.registry import (
    REGISTRY,
    Contract,
    decode,
    decode_document,
    decode_ticket_event,
)

__all__ = [
    "REGISTRY",
    "Contract",
    "Event",
    "EventRefused",
    "Instant",
    "SubjectParts",
    "canonical",
    "content_hash",
    "decode",
    "decode_document",
    "decode_ticket_event",
    "from_us",
    "message_id",
    "nats_subject",
    "parse_instant",
    "rfc3339",
    "sha256_hex",
    "split_subject",
    "to_us",
    "uuid_of",
]
