"""Is a snapshot a calendar that can be computed with?"""

from __future__ import annotations

from typing import Any, Final

from slaclock.business_time.errors import NoBusinessTime
from slaclock.business_time.hours import lay_out
from slaclock.business_time.instants import DAY_S, FIRST_YEAR, LAST_YEAR, year_start_s
from slaclock.business_time.reading import read_rules
from slaclock.business_time.rules import Rules
from slaclock.business_time.tz_files import PACKAGED, ZoneFiles
from slaclock.errors import Fault

__all__ = ["examined", "validate"]

_LIKELY_S: Final = year_start_s(2024)
_LIKELY_YEAR: Final = 2024


def validate(snapshot: Any, files: ZoneFiles = PACKAGED) -> list[Fault]:
    """Everything that is wrong with a snapshot or draft; empty if it can be computed with."""
    return examined(snapshot, files)[1]


def examined(snapshot: Any, files: ZoneFiles) -> tuple[Rules | None, list[Fault]]:
    """The rules of a snapshot, or every fault in it.

    A calendar that never opens has a fault with the code of `NoBusinessTime`. Where others keep it
    from being read, that is told of one without any window only.
    """
    rules, faults = read_rules(snapshot, files)
    if rules is None and not _is_empty(snapshot):
        return None, faults
    if rules is not None and _opens(rules):
        return rules, []
    missing = Fault(
        "windows",
        snapshot["windows"],
        "never open, from 1970 to 2200",
        "add a window, or an override with windows, that no holiday closes",
        code=NoBusinessTime.code,
    )
    return None, [*faults, missing]


def _is_empty(snapshot: Any) -> bool:
    """Whether lists of windows are written, and nothing is in them."""
    if not isinstance(snapshot, dict) or snapshot.get("windows") != []:
        return False
    overrides = snapshot.get("overrides") or []
    return isinstance(overrides, list) and not any(
        isinstance(item, dict) and item.get("windows") for item in overrides
    )


def _opens(rules: Rules) -> bool:
    """Whether there is any business time; nearly always one week answers it."""
    if not any(rules.week) and not any(rules.overrides.values()):
        return False
    if lay_out(rules, _LIKELY_S, _LIKELY_S + 7 * DAY_S)[0]:
        return True
    years = [*range(_LIKELY_YEAR, LAST_YEAR + 1), *range(FIRST_YEAR, _LIKELY_YEAR)]
    return any(lay_out(rules, year_start_s(year), year_start_s(year + 1))[0] for year in years)
