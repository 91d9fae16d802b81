"""Published versions of an SLA: what is known of one beside its snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sla_service.domain.contract import Pin

__all__ = ["SlaVersion"]


@dataclass(frozen=True, slots=True)
class SlaVersion:
    """A version that was published; only `status` may still change, to `retired`.

    Attributes:
        hash: SHA-256 of the snapshot's canonical bytes.
        content: hash of what it means, without number, instants and tzdata release: the same
            again is no new version.
        effective_from: as its author stated it, else `published_at`.
        agreement_type: `sla`, `ola` or `underpinning`.
        owner_group: of an OLA, the group whose time with a ticket it measures.
    """

    tenant: str
    sla_id: str
    version: int
    name: str
    hash: str
    content: str
    effective_from: datetime
    published_at: datetime
    published_by: str
    note: str = ""
    status: str = "published"
    agreement_type: str = "sla"
    owner_group: str | None = None

    @property
    def pin(self) -> Pin:
        """What contracts and assignments keep of it."""
        return Pin(self.sla_id, self.version, self.hash)
