"""What imports and exports of other formats answer."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from calendar_service.formats.zendesk_export import ForZendesk
from slaclock.foreign.findings import Preview
from slaclock.foreign.told import ToldOut

__all__ = ["ImportOut", "ImportedOut", "ZendeskOut"]


class FoundCalendar(BaseModel):
    """A calendar of the file: the id that it proposes, and a draft document."""

    calendar_id: str
    document: dict[str, Any]


class FoundSet(BaseModel):
    """A holiday set of the file: the id that it proposes, and its document."""

    set_id: str
    document: dict[str, Any]


class ImportOut(BaseModel):
    """What would come in; nothing is stored."""

    format: Literal["icalendar", "alga", "zendesk"]
    holidays: list[dict[str, Any]] = Field(description="for any calendar, as a draft has them")
    calendars: list[FoundCalendar]
    sets: list[FoundSet]
    timezone: str | None = Field(description="that `holidays` were read in")
    findings: list[ToldOut] = Field(description="the first 500; counts.findings has all")
    counts: dict[str, int]

    @classmethod
    def of(cls, preview: Preview) -> Self:
        """From what reading gave."""
        return cls.model_validate(_parts(preview))


class ImportedOut(ImportOut):
    """What came in: holidays that the draft did not have."""

    added: int
    calendar_id: str

    @classmethod
    def added_by(cls, preview: Preview, calendar_id: str, added: int) -> Self:
        """From what reading gave, and how much of it was new."""
        return cls.model_validate({**_parts(preview), "calendar_id": calendar_id, "added": added})


class ZendeskOut(BaseModel):
    """What to send to Zendesk, and what it has no words for."""

    schedule: dict[str, Any]
    holidays: list[dict[str, Any]]
    findings: list[ToldOut]

    @classmethod
    def of(cls, found: ForZendesk) -> Self:
        """From what writing gave."""
        return cls(
            schedule=dict(found.schedule),
            holidays=[dict(one) for one in found.holidays],
            findings=ToldOut.of(found.findings),
        )


def _parts(preview: Preview) -> dict[str, Any]:
    return {
        "format": preview.format,
        "holidays": [dict(one) for one in preview.holidays],
        "calendars": [
            {"calendar_id": one.calendar_id, "document": dict(one.document)}
            for one in preview.calendars
        ],
        "sets": [{"set_id": one.set_id, "document": dict(one.document)} for one in preview.sets],
        "timezone": preview.timezone,
        "findings": ToldOut.of(preview.findings),
        "counts": dict(preview.counts),
    }
