"""What changes from one version of a calendar to another, or to a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calendar_service.domain.effect import Effect, effect_of
from slaclock.business_time import BusinessCalendar
from slaclock.business_time.differences import Difference, differences

__all__ = ["Comparison", "compared"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different, and what that does to business time in the year ahead."""

    differences: tuple[Difference, ...]
    effect: Effect


def compared(before: Mapping[str, Any], after: Mapping[str, Any], at: datetime) -> Comparison:
    """Two snapshots, compared.

    Args:
        before: a valid snapshot, with its zone.
        after: another one.
        at: where the year begins.
    """
    one, other = (BusinessCalendar.from_snapshot(dict(found)) for found in (before, after))
    return Comparison(tuple(differences(before, after)), effect_of(one, other, at))
