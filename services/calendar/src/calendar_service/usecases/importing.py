"""Holidays of a file come into a calendar's draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from slaclock.errors import Fault
from slaclock.foreign.findings import Finding, Place, Preview
from slaclock.foreign.holidays import added_to

__all__ = ["Addition", "added"]


@dataclass(frozen=True, slots=True)
class Addition:
    """A draft with the holidays of a file.

    Attributes:
        document: of the draft.
        fresh: how many it did not have before.
        preview: what was read, with a finding for each holiday that was there already.
    """

    document: Mapping[str, Any]
    fresh: int
    preview: Preview


def added(document: Mapping[str, Any], preview: Preview) -> Addition:
    """*document* with the holidays of *preview* that it does not have; what it has stays."""
    listed = document.get("holidays")
    existing = listed if isinstance(listed, list) else []
    fresh, present = added_to(existing, preview.holidays)
    findings = [
        Finding(
            Place(),
            Fault(
                "holidays",
                f"{holiday['date']} {holiday.get('name', '')}".strip(),
                "lies on a holiday that the draft has already; that one stays",
                "nothing, or remove that one and import again",
                "import.present",
            ),
            taken=False,
        )
        for holiday in present
    ]
    counts = {**preview.counts, "present": len(present)}
    told = replace(preview, findings=(*preview.findings, *findings)[:1000], counts=counts)
    return Addition({**document, "holidays": [*existing, *fresh]}, len(fresh), told)
