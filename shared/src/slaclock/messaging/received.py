"""A message as it came, whether from the broker or out of the parking table."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from msgspec import Struct
from nats.aio.msg import Msg

_TENANT = re.compile(r"[a-z0-9-]{1,63}")
_TOKENS = 9  # $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>
NO_TENANT = "-"
"""Stands where a subject names no tenant."""


class Received(Struct, frozen=True, gc=False):
    """What a consumer decodes.

    Attributes:
        stream, subject: where it was.
        sequence: in the stream.
        delivered: how often it came, this time included.
        stored_at: when the broker stored it (UTC).
        msg_id: the publisher's id, if it gave one.
        data: the body, untouched.
    """

    stream: str
    subject: str
    sequence: int
    delivered: int
    stored_at: datetime
    msg_id: str | None
    data: bytes

    @classmethod
    def of(cls, message: Msg) -> Received:
        """From a JetStream message."""
        tokens = message.reply.split(".")
        if len(tokens) == _TOKENS and tokens[0] == "$JS" and tokens[1] == "ACK":
            _, _, stream, _, delivered, sequence, _, stored_ns, _ = tokens
            return cls(
                stream,
                message.subject,
                int(sequence),
                int(delivered) or 1,
                datetime.fromtimestamp(int(stored_ns) / 1_000_000_000, UTC),
                None if message.headers is None else message.headers.get("Nats-Msg-Id"),
                message.data,
            )
        meta = message.metadata  # with the name of a domain in it, or no JetStream message
        return cls(
            stream=meta.stream,
            subject=message.subject,
            sequence=meta.sequence.stream,
            delivered=meta.num_delivered or 1,
            stored_at=meta.timestamp.astimezone(UTC),
            msg_id=(message.headers or {}).get("Nats-Msg-Id"),
            data=message.data,
        )

    @property
    def tenant(self) -> str:
        """The subject's last token, or `-` where that is no tenant."""
        last = self.subject.rpartition(".")[2]
        return last if _TENANT.fullmatch(last) else NO_TENANT
