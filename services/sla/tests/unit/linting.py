"""A file in which the linter finds nothing, ways to spoil it, and what is found then."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sla_service.domain.agreement import InlineCalendar, PublishedCalendar
from sla_service.domain.file import read_file
from sla_service.domain.finding import Finding
from sla_service.domain.linter import lint
from sla_service.domain.snapshot import SealedCalendar
from slaclock.business_time import PACKAGED, seal
from slaclock.contracts.canonical import content_hash

Document = dict[str, Any]
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROOT = Path(__file__).parents[4]
EVERY_KEY = json.loads((ROOT / "examples" / "sla-every-key.json").read_text(encoding="utf-8"))
KNOWN = {PublishedCalendar("uk", 1)}
_OFFICE = seal(EVERY_KEY["calendars"]["office"], calendar_id="uk", version=1)
RETIRED = SealedCalendar(_OFFICE, content_hash(_OFFICE), "uk", 1, retired=True)


def sound() -> Document:
    """A file in which the linter finds nothing."""
    document: Document = copy.deepcopy(EVERY_KEY)
    del document["metrics"]
    document["targets"][3]["priority"] = None
    return document


def findings_of(document: Document, at: datetime = AT) -> tuple[Finding, ...]:
    reading = read_file(document, known=KNOWN)
    sealed = {
        name: SealedCalendar.inline(
            document["calendars"][name], sla_id="platinum", name=name, files=PACKAGED
        )
        if isinstance(calendar, InlineCalendar)
        else RETIRED
        for name, calendar in reading.agreement.calendars.items()
    }
    broken = {fault.field.partition(".")[0].partition("[")[0] for fault in reading.faults}
    return lint(reading.agreement, sealed, at, faulty=broken)


def target(document: Document, index: int, **changes: Any) -> Any:
    document["targets"][index] |= changes


def rule(document: Document, index: int, **changes: Any) -> Any:
    document["escalations"][index] |= changes


def credit(document: Document, **changes: Any) -> None:
    document["credits"][0] |= changes


def credits_of_answers(document: Document) -> None:
    document["targets"] = [one for one in document["targets"] if one["metric"] != "next_reply"]
    credit(document, metric="next_reply")


def fine_hours(document: Document, minutes: int, *more: str) -> None:
    """The calendar of the first target opens for a minute, 672 times a week."""
    document["calendars"]["office"] = {
        "timezone": "Europe/London",
        "windows": [
            {"weekday": day, "start": f"{hour:02}:{minute:02}", "end": f"{hour:02}:{minute + 1:02}"}
            for day in range(7)
            for hour in range(24)
            for minute in (0, 15, 30, 45)
        ],
    }
    document["targets"] = [
        {"metric": "resolution", "priority": None, "calendar": "office", "minutes": minutes}
    ]
    document["thresholds"]["resolution"] += more


def tiers(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"below": below, "percent": percent} for below, percent in pairs]
