"""Traces as they are told: complete sums, and no longer than somebody reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from slaclock.business_time import Trace

__all__ = ["LISTED", "Told", "account"]

LISTED: Final = 250
"""Windows, and holidays, and changes of the clock, that a trace lists: a year of office days."""

Told: TypeAlias = Mapping[str, Any]
"""Plain JSON values."""


def account(trace: Trace, minutes: int | None, source: Told) -> Told:
    """*trace* as JSON, with text; what is beyond `LISTED` is counted and summed in `rest`.

    The microseconds of `parts` and of `rest` are together those of the trace, always.

    Args:
        trace: as the calendar explains it.
        minutes: that were to be added, where they were; the result is then the trace's end.
        source: `hash` and `tzdata` of the calendar.
    """
    listed = replace(
        trace,
        parts=trace.parts[:LISTED],
        holidays=trace.holidays[:LISTED],
        changes=trace.changes[:LISTED],
    )
    told = {
        **listed.as_json(),
        "hash": source.get("hash"),
        "tzdata": source.get("tzdata"),
        "minutes": minutes,
        "rest": _rest(trace),
    }
    return told | {"text": _text(listed, told)}


def _rest(trace: Trace) -> Told | None:
    parts, holidays, changes = (
        trace.parts[LISTED:],
        trace.holidays[LISTED:],
        trace.changes[LISTED:],
    )
    if not (parts or holidays or changes):
        return None
    return {
        "parts": len(parts),
        "microseconds": sum(part.microseconds for part in parts),
        "holidays": len(holidays),
        "withheld_microseconds": sum(holiday.microseconds for holiday in holidays),
        "changes": len(changes),
    }


def _text(listed: Trace, told: Told) -> str:
    head, *lines, total = str(listed).splitlines()
    about = [head]
    if told["minutes"] is not None:
        about.append(f"{told['minutes']} business minutes from {told['start']}: {told['end']}")
    about.append(f"snapshot {told['hash'] or '-'}, tzdata {told['tzdata'] or '-'}")
    rest = told["rest"]
    if rest is not None:
        sums = replace(listed, parts=(), holidays=(), changes=(), microseconds=rest["microseconds"])
        amount = str(sums).splitlines()[-1].removesuffix("  in all")
        lines.append(
            f"{amount}  in {rest['parts']} more windows, with {rest['holidays']} more holidays "
            f"and {rest['changes']} more changes of the clock"
        )
    return "\n".join([*about, *lines, total])
