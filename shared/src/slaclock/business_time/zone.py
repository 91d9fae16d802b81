"""A time zone as data: the offsets from UTC that a calendar's clock on the wall keeps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from slaclock.business_time.instants import DAY_S, EPOCH, SECOND_US, year_of
from slaclock.business_time.posix_tail import Tail, parse_tail
from slaclock.errors import Fault

__all__ = ["MOST_TRANSITIONS", "Segment", "Zone", "read_zone", "written_zone"]

_EPOCH_DAY: Final = EPOCH.toordinal()
_SMALLEST_OFFSET_S: Final = -25 * 3600 + 1  # what TZif allows
_LARGEST_OFFSET_S: Final = 26 * 3600 - 1
_SHIFT: Final = 25
MOST_TRANSITIONS: Final = 2000
"""That a snapshot carries; a zone that changes twice a year until 2200 has 460."""

Segment = tuple[int, int, int]
"""A stretch of one offset: (first UTC second, UTC second after the last, offset in seconds)."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Offsets from second 0 of 1970 on.

    Attributes:
        name: IANA name, for people; nothing is looked up by it.
        starts_s: UTC seconds at which an offset begins, ascending, the first one 0.
        offsets_s: The offset that begins at each of them, positive east.
        tail: The rule that makes all later changes. The last listed offset holds until the
            first of them.
        text: `tail` as it is written in snapshots.
    """

    name: str
    starts_s: tuple[int, ...]
    offsets_s: tuple[int, ...]
    tail: Tail
    text: str = field(repr=False)
    _laid_out: dict[int, list[Segment]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Segments by stretches of 2^25 seconds, a year and three weeks, which are found without
    counting years. Laid out when first asked for; threads at worst do so twice."""

    def segments(self, from_s: int, to_s: int) -> list[Segment]:
        """The stretches that cover the UTC seconds ``[from_s, to_s)``, in order, cut to it."""
        changes = self._changes(from_s, to_s)
        covering = []
        ends = [*(at for at, _ in changes[1:]), to_s]
        for (at, offset), end in zip(changes, ends, strict=True):
            start, stop = max(at, from_s), min(end, to_s)
            if start < stop:
                covering.append((start, stop, offset))
        return covering

    def offset_at(self, second: int) -> int:
        """Seconds east of UTC at a UTC second."""
        if second < self.starts_s[-1]:
            return self.offsets_s[max(bisect_right(self.starts_s, second) - 1, 0)]
        stretch = second >> _SHIFT
        laid_out = self._laid_out.get(stretch)
        if laid_out is None:
            laid_out = self.segments(stretch << _SHIFT, (stretch + 1) << _SHIFT)
            self._laid_out[stretch] = laid_out
        for _, end, offset in laid_out:
            if second < end:
                return offset
        raise AssertionError("a stretch's segments end where the stretch does")

    def local_date(self, instant_us: int) -> date:
        """The date on the wall at an instant."""
        second = instant_us // SECOND_US
        return date.fromordinal(_EPOCH_DAY + (second + self.offset_at(second)) // DAY_S)

    def _changes(self, from_s: int, to_s: int) -> list[tuple[int, int]]:
        """The change in force at *from_s*, and those after it before *to_s*."""
        first = max(bisect_right(self.starts_s, from_s) - 1, 0)
        changes = list(zip(self.starts_s[first:], self.offsets_s[first:], strict=True))
        last_listed = self.starts_s[-1]
        if to_s <= last_listed:
            return changes
        years = (year_of(max(second, 0) * SECOND_US) for second in (from_s, to_s))
        return changes + [
            change for change in self.tail.transitions(*years) if change[0] > last_listed
        ]


def read_zone(written: Any, *, path: str) -> tuple[Zone | None, list[Fault]]:
    """The zone of a snapshot's ``zone`` value, or everything that is wrong with it."""
    if not isinstance(written, dict):
        return None, [
            _fault(path, written, "is not an object", "give name, transitions and tail, or omit it")
        ]
    faults: list[Fault] = []
    name = written.get("name")
    if not isinstance(name, str) or not name:
        faults.append(_fault(f"{path}.name", name, "is not a zone name", "write Europe/London"))
    starts, offsets = _transitions(written.get("transitions"), f"{path}.transitions", faults)
    text = written.get("tail")
    tail = Tail(0)
    try:
        tail = parse_tail(text if isinstance(text, str) else "")
    except ValueError as wrong:
        faults.append(
            _fault(
                f"{path}.tail", text, str(wrong), "write a rule such as GMT0BST,M3.5.0/1,M10.5.0"
            )
        )
    else:
        if offsets and offsets[-1] not in {tail.std_s, tail.dst_s}:
            faults.append(
                _fault(
                    f"{path}.tail",
                    text,
                    f"does not know the last transition's offset of {offsets[-1]} s",
                    "let the tail continue where the transitions end",
                )
            )
    if faults:
        return None, faults
    return Zone(str(name), tuple(starts), tuple(offsets), tail, str(text)), []


def written_zone(zone: Zone) -> dict[str, Any]:
    """*zone* as a snapshot carries it."""
    pairs = zip(zone.starts_s, zone.offsets_s, strict=True)
    return {"name": zone.name, "transitions": [list(pair) for pair in pairs], "tail": zone.text}


def _transitions(written: Any, path: str, faults: list[Fault]) -> tuple[list[int], list[int]]:
    if not isinstance(written, list) or not written:
        faults.append(
            _fault(path, written, "is not a list of transitions", "begin with [0, offset in 1970]")
        )
        return [], []
    if len(written) > MOST_TRANSITIONS:
        remedy = f"write up to {MOST_TRANSITIONS}; the tail goes on where they end"
        faults.append(_fault(path, len(written), "are too many transitions", remedy))
        return [], []
    starts: list[int] = []
    offsets: list[int] = []
    for number, pair in enumerate(written):
        if not (_is_pair(pair) and _SMALLEST_OFFSET_S <= pair[1] <= _LARGEST_OFFSET_S):
            message, remedy = "is not [UTC second, offset]", "write two whole numbers of seconds"
        elif not starts and number == 0 and pair[0] != 0:
            message, remedy = "does not begin with second 0", "begin with [0, offset in 1970]"
        elif starts and pair[0] <= starts[-1]:
            message, remedy = "does not follow the one before it", "order transitions by their time"
        else:
            starts.append(pair[0])
            offsets.append(pair[1])
            continue
        faults.append(_fault(f"{path}[{number}]", pair, message, remedy))
    return starts, offsets


def _is_pair(pair: Any) -> bool:
    return (
        isinstance(pair, Sequence)
        and len(pair) == 2
        and all(type(number) is int for number in pair)
    )


def _fault(path: str, value: object, message: str, remedy: str) -> Fault:
    return Fault(path, value, message, remedy, code="calendar.zone")
