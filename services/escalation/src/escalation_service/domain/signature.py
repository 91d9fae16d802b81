"""Signatures of webhooks, as receivers check them: HMAC-SHA256 over id, timestamp and body."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field
from datetime import datetime

_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Secret:
    """A tenant's signing secret and when it was made (UTC)."""

    text: str = field(repr=False)
    created_at: datetime


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: `v1,` and base64.

    Args:
        secret: `whsec_` and the key in base64.
        message_id: the `webhook-id` header.
        timestamp: the `webhook-timestamp` header, seconds since the epoch.
        body: exactly what is sent.

    Raises:
        ValueError: *secret* has another form.
    """
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    mac = hmac.digest(_key(secret), signed, "sha256")
    return "v1," + base64.b64encode(mac).decode()


def make_secret(key: bytes) -> str:
    """The text form of a key of at least 24 bytes.

    Raises:
        ValueError: the key is too short.
    """
    if len(key) < 24:
        raise ValueError("a webhook key has at least 24 bytes")
    return _PREFIX + base64.b64encode(key).decode()


def _key(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        raise ValueError("a webhook secret begins with whsec_")
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
