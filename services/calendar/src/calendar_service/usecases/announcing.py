"""The events that tell of versions."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from calendar_service.domain.version import CalendarVersion, Snapshot
from slaclock.contracts.calendars import CalendarPublished, CalendarRetired
from slaclock.contracts.canonical import uuid_of
from slaclock.contracts.envelope import Event

__all__ = ["published_event", "retired_event"]

SOURCE: Final = "/slaclock/calendar"


def published_event(version: CalendarVersion, snapshot: Snapshot) -> Event[CalendarPublished]:
    """A new version, with all that it says."""
    return Event[CalendarPublished](
        specversion="1.0",
        id=str(uuid_of("calendar", version.tenant, version.calendar_id, version.version)),
        source=SOURCE,
        type="sla.calendar.published",
        subject=version.calendar_id,
        time=version.published_at,
        tenant=version.tenant,
        data=CalendarPublished(
            calendar_id=version.calendar_id,
            version=version.version,
            hash=version.hash,
            snapshot=dict(snapshot.document),
        ),
    )


def retired_event(version: CalendarVersion, at: datetime) -> Event[CalendarRetired]:
    """The end of a version; what refers to it goes on computing with it."""
    name = uuid_of("calendar", version.tenant, version.calendar_id, version.version, "retired")
    return Event[CalendarRetired](
        specversion="1.0",
        id=str(name),
        source=SOURCE,
        type="sla.calendar.retired",
        subject=version.calendar_id,
        time=at,
        tenant=version.tenant,
        data=CalendarRetired(
            calendar_id=version.calendar_id, version=version.version, hash=version.hash
        ),
    )
