"""What another tzdata release would change: hours of a published calendar that would be otherwise.

A snapshot carries its zone, so nothing changes by itself. Whether a moment is open depends on the
reading of the wall clock alone; so only stretches matter in which the two clocks differ, and only
those moments in them that one reading finds open and the other one closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from slaclock.business_time import InvalidCalendar, ZoneFiles
from slaclock.business_time.hours import lay_out
from slaclock.business_time.instants import DAY_S, LAST_US, SECOND_US, to_us
from slaclock.business_time.rules import Rules
from slaclock.business_time.tz_files import load_zone
from slaclock.business_time.validation import examined
from slaclock.business_time.zone import Zone

__all__ = ["Example", "Impact", "Interval", "Zones", "impact_of"]

Interval: TypeAlias = tuple[int, int]
"""An opening and a closing instant, microseconds since the epoch."""

_EXAMPLES: Final = 5
_AROUND_S: Final = 9 * DAY_S
"""Seconds around a difference in which the openings that it belongs to are looked for."""
_LAST_S: Final = LAST_US // SECOND_US
_STILL_S: Final = _LAST_S - 400 * DAY_S
"""A difference within the last year of the range does not end."""
_YEAR: Final = timedelta(days=365)
_MINUTE_US: Final = 60 * SECOND_US


@dataclass(frozen=True, slots=True)
class Example:
    """An opening as it is, and as it would be; None where there is none."""

    old: Interval | None
    new: Interval | None


@dataclass(frozen=True, slots=True)
class Impact:
    """What following the installed tzdata would change.

    Attributes:
        known: False where the installed tzdata has no zone of that name; the rest is then empty.
        first_us: the first moment that would be open instead of closed, or closed instead of open.
        until_us: after the last such moment; None where it goes on to the end of the range.
        examples: the first openings that would be otherwise.
        gained_us, lost_us: time of the next twelve months that would be open, or closed, instead.
    """

    known: bool
    first_us: int | None = None
    until_us: int | None = None
    examples: tuple[Example, ...] = ()
    gained_us: int = 0
    lost_us: int = 0

    @property
    def gained_minutes(self) -> int:
        """Whole minutes of `gained_us`."""
        return self.gained_us // _MINUTE_US

    @property
    def lost_minutes(self) -> int:
        """Whole minutes of `lost_us`."""
        return self.lost_us // _MINUTE_US


class Zones:
    """Zones of one tzdata release, each read once."""

    def __init__(self, files: ZoneFiles) -> None:
        self.version = files.version
        self._files, self._names = files, files.names()
        self._read: dict[str, Zone] = {}

    def get(self, name: str) -> Zone | None:
        """The zone *name*; None where this release has none."""
        if name not in self._names:
            return None
        found = self._read.get(name)
        if found is None:
            self._read[name] = found = load_zone(name, self._files)
        return found


def impact_of(snapshot: Mapping[str, Any], zones: Zones, at: datetime) -> Impact | None:
    """What would be otherwise under the release of *zones*; None where nothing would.

    Args:
        snapshot: of a published version, with its zone.
        zones: of the release to compare with.
        at: where the next twelve months begin.

    Raises:
        InvalidCalendar: *snapshot* cannot be computed with, or carries no zone.
    """
    rules = _rules(snapshot)
    installed = zones.get(rules.zone.name)
    if installed is None:
        return Impact(known=False)
    stretches = list(_different(rules.zone, installed))
    if not stretches:
        return None
    other = replace(rules, zone=installed)
    pieces = _pieces(rules, other, stretches)
    first = next(pieces, None)
    if first is None:
        return None
    now_us = to_us(at)
    gained_us, lost_us = _balance(rules, other, stretches, now_us, to_us(at + _YEAR))
    return Impact(
        known=True,
        first_us=first[0],
        until_us=_until(rules, other, stretches),
        examples=tuple(_examples(rules, other, stretches)),
        gained_us=gained_us,
        lost_us=lost_us,
    )


def _rules(snapshot: Mapping[str, Any]) -> Rules:
    # The snapshot carries its zone, so no files are looked at.
    if not snapshot.get("zone"):
        raise InvalidCalendar(message="a snapshot without a zone has no tzdata to compare with")
    rules, faults = examined(dict(snapshot), _NO_FILES)
    if rules is None:
        raise InvalidCalendar(faults)
    return rules


class _NoFiles:
    """Nothing is read from the package: whatever tzdata is installed must not matter here."""

    version = ""

    def names(self) -> frozenset[str]:
        return frozenset()

    def read(self, name: str) -> bytes:
        raise KeyError(name)


_NO_FILES: Final = _NoFiles()


def _different(one: Zone, other: Zone) -> Iterator[tuple[int, int]]:
    """The stretches of UTC seconds, in order, in which two zones have different offsets."""
    if (one.starts_s, one.offsets_s, one.text) == (other.starts_s, other.offsets_s, other.text):
        return
    ours, theirs = one.segments(0, _LAST_S), other.segments(0, _LAST_S)
    place = 0
    begun: int | None = None
    end = 0
    for start, stop, offset in ours:
        while place < len(theirs) and theirs[place][1] <= start:
            place += 1
        looked = place
        while looked < len(theirs) and theirs[looked][0] < stop:
            low, high = max(start, theirs[looked][0]), min(stop, theirs[looked][1])
            if theirs[looked][2] != offset:
                if begun is not None and end == low:
                    end = high
                else:
                    if begun is not None:
                        yield begun, end
                    begun, end = low, high
            looked += 1
    if begun is not None:
        yield begun, end


def _pieces(
    old: Rules, new: Rules, stretches: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int, bool]]:
    """Moments that are open in one of the two only: from, until, and whether in the new one."""
    for low, high in stretches:
        yield from _apart(_laid_out(old, low, high), _laid_out(new, low, high))


def _apart(ours: Sequence[Interval], theirs: Sequence[Interval]) -> Iterator[tuple[int, int, bool]]:
    """What one of two lists of intervals covers and the other does not, in order."""
    edges = sorted(
        [(at, 1, 0) for at, _ in ours]
        + [(at, -1, 0) for _, at in ours]
        + [(at, 0, 1) for at, _ in theirs]
        + [(at, 0, -1) for _, at in theirs]
    )
    in_ours = in_theirs = 0
    before = 0
    for at, mine, yours in edges:
        if at > before and bool(in_ours) != bool(in_theirs):
            yield before, at, bool(in_theirs)
        in_ours, in_theirs, before = in_ours + mine, in_theirs + yours, at


def _laid_out(rules: Rules, low_s: int, high_s: int) -> list[Interval]:
    """Open intervals, those that touch joined."""
    joined: list[Interval] = []
    for opens, closes in zip(*lay_out(rules, low_s, high_s), strict=True):
        if joined and joined[-1][1] == opens:
            joined[-1] = (joined[-1][0], closes)
        else:
            joined.append((opens, closes))
    return joined


def _until(old: Rules, new: Rules, stretches: Sequence[tuple[int, int]]) -> int | None:
    for stretch in reversed(stretches):
        last = max((end for _, end, _ in _pieces(old, new, [stretch])), default=None)
        if last is not None:
            return None if last > _STILL_S * SECOND_US else last
    raise AssertionError("there is a difference, so there is a last one")


def _balance(
    old: Rules, new: Rules, stretches: Sequence[tuple[int, int]], begin_us: int, end_us: int
) -> tuple[int, int]:
    """Time that is open in the new one only, and in the old one only, between two instants."""
    within = [
        (low, high)
        for low, high in stretches
        if low * SECOND_US < end_us and high * SECOND_US > begin_us
    ]
    gained = lost = 0
    for start, end, is_gain in _pieces(old, new, within):
        amount = max(min(end, end_us) - max(start, begin_us), 0)
        gained, lost = gained + amount * is_gain, lost + amount * (not is_gain)
    return gained, lost


def _examples(old: Rules, new: Rules, stretches: Sequence[tuple[int, int]]) -> Iterator[Example]:
    """The first openings that differ, each as both have it."""
    told: set[Example] = set()
    for start, end, _ in _pieces(old, new, stretches):
        low, high = start // SECOND_US - _AROUND_S, end // SECOND_US + _AROUND_S
        around = max(low, 0), min(high, _LAST_S)
        example = Example(
            _nearest(_laid_out(old, *around), start, end),
            _nearest(_laid_out(new, *around), start, end),
        )
        if example not in told:
            told.add(example)
            yield example
        if len(told) == _EXAMPLES:
            return


def _nearest(intervals: Sequence[Interval], start: int, end: int) -> Interval | None:
    """The interval that covers or touches a stretch, if one does."""
    touching = (one for one in intervals if one[0] <= end and one[1] >= start)
    return next(touching, None)
