"""What the calendar service publishes. Stream CALENDAR."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from slaclock.contracts.fields import Count, Data, Hash, Id

__all__ = ["CalendarPublished", "CalendarRetired"]


class CalendarPublished(Data):
    """A version of a calendar; it never changes."""

    subject_field: ClassVar[str] = "calendar_id"

    calendar_id: Id
    version: Count
    hash: Hash = Field(description="SHA-256 of the snapshot's canonical bytes")
    snapshot: dict[str, Any]


class CalendarRetired(Data):
    """A version of a calendar went out of use; it stays readable, and clocks go on with it."""

    subject_field: ClassVar[str] = "calendar_id"

    calendar_id: Id
    version: Count
    hash: Hash = Field(description="of the version's snapshot")
