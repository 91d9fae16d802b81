"""Environment variables of this service."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field

from slaclock.messaging.topology import SNAPSHOT_BYTES
from slaclock.settings import PlatformSettings

__all__ = ["SlaSettings"]


class SlaSettings(PlatformSettings):
    """The platform's variables and, prefixed `SLACLOCK_SLA_`, those of this service.

    Attributes:
        sla_message_bytes: largest message of a published SLA; the stream takes no more.
    """

    sla_message_bytes: Annotated[int, Field(ge=1024, le=SNAPSHOT_BYTES)] = SNAPSHOT_BYTES

    @classmethod
    def of(cls, settings: PlatformSettings) -> Self:
        """*settings* with this service's own variables from the environment.

        Raises:
            InvalidSettings: lists every variable that cannot be used.
        """
        return settings if isinstance(settings, cls) else cls.load(**settings.model_dump())
