"""What is measured, and how a point of it is written."""

from __future__ import annotations

from typing import Final

__all__ = ["BREACH", "METRICS", "point_of"]

METRICS: Final = ("first_response", "next_reply", "periodic_update", "resolution")
"""In the order in which a ticket lives through them."""

BREACH: Final = "percent:100"
"""Announced whether listed or not."""


def point_of(threshold: str, minutes: int) -> float:
    """Where *threshold* of a target of *minutes* lies, in business minutes from its beginning.

    Below 0 for one that lies before it. *threshold* must be well formed.
    """
    kind, _, amount = threshold.partition(":")
    match kind:
        case "percent":
            return minutes * int(amount) / 100
        case "before_due":
            return minutes - int(amount)
        case _:
            return minutes + int(amount)
