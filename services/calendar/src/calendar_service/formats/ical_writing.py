"""Content lines as RFC 5545 wants them written: escaped, folded at 75 octets, ended by CRLF."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from slaclock.business_time import ZoneFiles
from slaclock.business_time.posix_tail import DayRule
from slaclock.business_time.tz_files import load_zone
from slaclock.business_time.zone import Zone, read_zone

__all__ = ["escaped", "folded", "timezone_lines", "zone_lines"]

LONGEST: Final = 75
"""Octets of a line, without its end."""
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a clock on the wall
_WEEKDAYS: Final = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_DAY_S: Final = 86_400
_LAST: Final = 2200
"""Changes after the years that calendars have are left out."""
_BEYOND: Final = 20
"""Years beyond the last one asked for, for zones whose changes no rule of RFC 5545 can say."""


def escaped(text: str) -> str:
    """*text* as a TEXT value."""
    return text.translate(_ESCAPES)


def folded(line: str) -> bytes:
    """*line* in pieces of 75 octets at most, none of which cuts a character."""
    pieces: list[bytes] = []
    piece = b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > LONGEST:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"


def timezone_lines(written: object, name: str, files: ZoneFiles, years: range) -> list[str]:
    """VTIMEZONE of a snapshot's zone, or of the zone *name* where it carries none.

    Args:
        written: the snapshot's ``zone``, or None.
        name: IANA name.
        files: known zones.
        years: of the events; changes outside them are left out, except those that go on for ever.

    Raises:
        ValueError: there is no such zone.
    """
    zone = read_zone(written, path="zone")[0] if written is not None else None
    return zone_lines(zone or load_zone(name, files), years)


def zone_lines(zone: Zone, years: range) -> list[str]:
    """VTIMEZONE: what the clock does in *years*, and by its rule for ever after."""
    first_s = _year_start_s(min(max(years.start - 1, 1970), _LAST - 1))
    rules = _yearly(zone)
    listed_to = zone.starts_s[-1] + 1 if rules else _year_start_s(min(years.stop + _BEYOND, _LAST))
    segments = zone.segments(first_s, max(listed_to, first_s + 1))
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone.name}"]
    offset = segments[0][2]
    lines += _part(
        offset, offset, _EPOCH + timedelta(seconds=first_s + offset), _standard(zone), ""
    )
    changes: dict[tuple[int, int], list[datetime]] = {}
    for start, _, following in segments[1:]:
        onset = _EPOCH + timedelta(seconds=start + offset)
        changes.setdefault((offset, following), []).append(onset)
        offset = following
    for (before, after), onsets in changes.items():
        dates = ",".join(f"{onset:%Y%m%dT%H%M%S}" for onset in onsets[1:])
        lines += _part(before, after, onsets[0], _standard(zone), f"RDATE:{dates}" if dates else "")
    for rule, offset_from, offset_to, from_year in rules:
        onset = _EPOCH + timedelta(seconds=rule.local_s(from_year))
        lines += _part(offset_from, offset_to, onset, _standard(zone), _recurs(rule))
    return [*lines, "END:VTIMEZONE"]


def _part(offset_from: int, offset_to: int, onset: datetime, standard: int, more: str) -> list[str]:
    name = "STANDARD" if offset_to == standard else "DAYLIGHT"
    lines = [f"BEGIN:{name}", f"DTSTART:{onset:%Y%m%dT%H%M%S}"]
    lines += [more] if more else []
    lines += [f"TZOFFSETFROM:{_offset(offset_from)}", f"TZOFFSETTO:{_offset(offset_to)}"]
    return [*lines, f"END:{name}"]


def _yearly(zone: Zone) -> list[tuple[DayRule, int, int, int]]:
    """The zone's rule as (day, offset before, after, first year); empty if RFC 5545 has none."""
    tail = zone.tail
    if tail.dst_s is None or tail.start is None or tail.end is None:
        return []
    if not all(rule.kind == "M" and 0 <= rule.time_s < _DAY_S for rule in (tail.start, tail.end)):
        return []
    last_s = zone.starts_s[-1]
    found = []
    for rule, before, after in (
        (tail.start, tail.std_s, tail.dst_s),
        (tail.end, tail.dst_s, tail.std_s),
    ):
        year = (_EPOCH + timedelta(seconds=last_s)).year
        while rule.local_s(year) - before <= last_s:
            year += 1
        found.append((rule, before, after, year))
    return found


def _recurs(rule: DayRule) -> str:
    number = -1 if rule.week == 5 else rule.week
    return f"RRULE:FREQ=YEARLY;BYMONTH={rule.month};BYDAY={number}{_WEEKDAYS[rule.day]}"


def _standard(zone: Zone) -> int:
    return zone.tail.std_s


def _offset(seconds: int) -> str:
    sign, size = ("-" if seconds < 0 else "+"), abs(seconds)
    hours, minutes, rest = size // 3600, size // 60 % 60, size % 60
    return f"{sign}{hours:02}{minutes:02}" + (f"{rest:02}" if rest else "")


def _year_start_s(year: int) -> int:
    return (date(year, 1, 1) - date(1970, 1, 1)).days * _DAY_S
