"""What the sla service publishes of its SLAs. Stream AGREEMENT."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from slaclock.contracts.fields import Count, Data, Hash, Id
from slaclock.contracts.instants import Instant

__all__ = ["AgreementPublished", "AgreementRetired"]


class AgreementPublished(Data):
    """A version of an SLA with its calendars; it never changes."""

    subject_field: ClassVar[str] = "sla_id"

    sla_id: Id
    version: Count
    hash: Hash = Field(description="SHA-256 of the snapshot's canonical bytes")
    effective_from: Instant
    snapshot: dict[str, Any] = Field(description="the SLA file, all defaults written out")


class AgreementRetired(Data):
    """A version of an SLA went out of use; it stays readable, and what it is bound to keeps it."""

    subject_field: ClassVar[str] = "sla_id"

    sla_id: Id
    version: Count
    hash: Hash = Field(description="of the version's snapshot")
