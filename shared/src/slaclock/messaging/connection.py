"""Connections to NATS that survive the server."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nats
import structlog
from nats.aio.client import Client

from slaclock.messaging.repairs import repair_client
from slaclock.messaging.topology import inbox_prefix

if TYPE_CHECKING:
    from faststream.nats import NatsBroker

log = structlog.get_logger(__name__)
QUIET = 30.0
"""Seconds for which the same error is not told of again."""
LOGGER = logging.getLogger("slaclock.bus")
"""FastStream's: what escapes a handler shows there."""

RECONNECT_WAIT = 0.2
"""Seconds between attempts to reconnect; attempts never end."""


@dataclass(frozen=True, slots=True)
class NatsAccess:
    """Where the server is and who we are there.

    Attributes:
        url: such as `nats://127.0.0.1:4222`.
        user: identity; its inbox prefix follows from it. Empty: anonymous (tests).
        password: never shown.
    """

    url: str
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def read(cls, url: str, credentials: str | None) -> NatsAccess:
        """From settings: *credentials* is JSON text, or the path of a file that holds it.

        Raises:
            ValueError: neither JSON with `user` and `password`, nor such a file.
        """
        if not credentials:
            return cls(url)
        text = credentials
        if not credentials.lstrip().startswith("{"):
            text = Path(credentials).read_text(encoding="utf-8")
        try:
            found: Mapping[str, str] = json.loads(text)
            return cls(url, found["user"], found["password"])
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise ValueError(
                'NATS credentials must be JSON like {"user": "...", "password": "..."}'
            ) from error

    def options(self, name: str) -> dict[str, Any]:
        """What `nats.connect` and FastStream's broker alike want to know."""
        options: dict[str, Any] = {
            "name": name,
            "max_reconnect_attempts": -1,
            "reconnect_time_wait": RECONNECT_WAIT,
            "drain_timeout": 5,
        }
        if self.user:
            options["inbox_prefix"] = inbox_prefix(self.user).encode()
        return options


async def connect(access: NatsAccess, name: str) -> Client:
    """A connection that reconnects for ever; what the server refuses is logged.

    A refused publish shows as a timeout of the caller *and* as this log line.
    """
    repair_client()
    told: dict[str, float] = {}

    async def refused(error: Exception) -> None:
        text, now = str(error) or type(error).__name__, asyncio.get_running_loop().time()
        if now - told.get(text, -QUIET) >= QUIET:  # an outage repeats itself five times a second
            if len(told) > 100:
                told.clear()
            told[text] = now
            log.warning("nats_error", connection=name, error=text)

    login = {"user": access.user, "password": access.password} if access.user else {}
    return await nats.connect(
        access.url,
        error_cb=refused,
        allow_reconnect=True,
        connect_timeout=5,
        **login,
        **access.options(name),
    )


def make_broker(access: NatsAccess, name: str, **more: Any) -> NatsBroker:
    """FastStream's broker with the same habits."""
    # Commands connect without FastStream, which takes half a second to import.
    from faststream.nats import NatsBroker  # noqa: PLC0415 - see above
    from faststream.nats.security import NatsUserPassword  # noqa: PLC0415 - the same

    repair_client()
    login = NatsUserPassword(access.user, access.password) if access.user else None
    return NatsBroker(access.url, security=login, logger=LOGGER, **access.options(name), **more)
