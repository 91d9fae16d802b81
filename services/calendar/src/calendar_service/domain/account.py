"""Traces as they are told: with the calendar behind them, and no longer than somebody reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from slaclock.business_time import Trace

__all__ = ["LISTED", "Told", "account"]

LISTED: Final = 250
"""Windows, holidays and changes of the clock that a trace lists, of each: a year of office days."""

Told: TypeAlias = Mapping[str, Any]
"""Plain JSON values."""


def account(trace: Trace, minutes: int | None, source: Told) -> Told:
    """*trace* as JSON, and as text to read.

    The microseconds of `parts` and of `rest` are together those of the trace, always.

    Args:
        trace: as the calendar explains it, with the limit `LISTED`.
        minutes: that were to be added, where they were; the result is then the trace's end.
        source: `hash` and `tzdata` of the calendar.
    """
    told = {
        **trace.as_json(),
        "minutes": minutes,
        "hash": source.get("hash"),
        "tzdata": source.get("tzdata"),
    }
    return told | {"text": _text(trace, told)}


def _text(trace: Trace, told: Told) -> str:
    head, *lines = str(trace).splitlines()
    about = [head, f"snapshot {told['hash'] or '-'}, tzdata {told['tzdata'] or '-'}"]
    if told["minutes"] is not None:
        about.append(f"{told['minutes']} business minutes from {told['start']}: {told['end']}")
    return "\n".join([*about, *lines])
