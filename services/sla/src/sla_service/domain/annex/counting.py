"""An example of how a calendar counts, computed from its snapshot as every deadline is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from sla_service.domain.annex.blocks import Block, Paragraph, Table, data, lines, strong, text
from sla_service.domain.annex.words import METRICS, amount, day, duration, on_the_wall, span
from slaclock.business_time import BusinessCalendar, InstantOutOfRange, NoBusinessTime, Trace
from slaclock.business_time.zone import Zone, read_zone
from slaclock.contracts.instants import parse_instant

__all__ = ["example"]

_LOOKED_THROUGH: Final = timedelta(days=15)
_BEFORE_CLOSING: Final = timedelta(hours=1)
_MOST_PARTS: Final = 12
_MOST_MINUTES: Final = 20_000
"""Longer targets are no examples, and would have years laid out."""


@dataclass(frozen=True, slots=True)
class _Wall:
    """The wall clock of a calendar."""

    zone: Zone

    def at(self, instant: datetime) -> datetime:
        """What it shows."""
        return instant + timedelta(seconds=self.zone.offset_at(int(instant.timestamp())))


def example(snapshot: Mapping[str, Any], name: str, sealed: Mapping[str, Any]) -> Iterator[Block]:
    """A ticket opened an hour before the longest closing time of a fortnight; may be nothing."""
    target = _target(snapshot, name)
    zone, faults = read_zone(sealed["zone"], path="zone")
    if target is None or zone is None or faults:
        return
    try:
        calendar = BusinessCalendar.from_snapshot(dict(sealed))
        opened = _opened(calendar, _from(snapshot, sealed))
        due = calendar.add_business_minutes(opened, target["minutes"])
        trace = calendar.explain(opened, due, limit=_MOST_PARTS)
    except (NoBusinessTime, InstantOutOfRange):  # a calendar at the edge of all time
        return
    wall = _Wall(zone)
    yield Paragraph(
        text(
            strong("An example. "),
            f"{METRICS[target['metric']]} within {duration(target['minutes'])} of {name}: of a"
            f" ticket that is opened on {on_the_wall(wall.at(opened))}, and never waits, the due"
            " instant is ",
            strong(on_the_wall(wall.at(due))),
            f" (wall clock of {sealed['timezone']}).",
        )
    )
    yield _counted(trace, wall, name)


def _target(snapshot: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """The shortest of more than an hour, so that the example crosses a closing time."""
    own = [one for one in snapshot["targets"] if one["calendar"] == name]
    short = [one for one in own if one["minutes"] <= _MOST_MINUTES]
    long_enough = [one for one in short if one["minutes"] > 60]
    return min(long_enough or short, key=lambda one: int(one["minutes"]), default=None)


def _from(snapshot: Mapping[str, Any], sealed: Mapping[str, Any]) -> datetime:
    """The version's beginning, but not before the year of its zone data: people know that one."""
    stated = parse_instant(snapshot["effective_from"])
    year = str(sealed.get("tzdata", ""))[:4]
    if not year.isdecimal():
        return stated
    return max(stated, stated.replace(year=int(year), month=1, day=1))


def _opened(calendar: BusinessCalendar, after: datetime) -> datetime:
    start = calendar.next_business_minute(after)
    parts = calendar.explain(start, start + _LOOKED_THROUGH, limit=200).parts
    closings = [(later.start - one.end, one) for one, later in pairwise(parts)]
    _, last = max(closings, key=lambda found: found[0], default=(timedelta(), parts[0]))
    return max(last.start, last.end - _BEFORE_CLOSING)


def _counted(trace: Trace, wall: _Wall, name: str) -> Block:
    told = [
        (
            (part.on, 1),
            lines(span(*part.window.split("-"))),
            lines(span(f"{wall.at(part.start):%H:%M}", f"{wall.at(part.end):%H:%M}")),
            lines(amount(part.microseconds)),
        )
        for part in trace.parts
    ]
    told += [
        (
            (holiday.on, 0),
            lines(text("holiday: ", data(holiday.name)) if holiday.name else "holiday"),
            lines(),
            lines(),
        )
        for holiday in trace.holidays
    ]
    told.sort(key=lambda row: row[0])
    rows = [(lines(day(on)), *cells) for (on, _), *cells in told]
    if trace.rest is not None:
        rows.append(
            (lines("later"), lines("not listed"), lines(), lines(amount(trace.rest.microseconds)))
        )
    rows.append((lines("Together"), lines(""), lines(""), lines(amount(trace.microseconds))))
    heads = {"Day": 4, "Open": 3, "Counted": 2, "Business time": 2}
    return Table.of(f"How {name} counts in the example", heads, rows)
