"""Dates, times, durations and offsets as iCalendar writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

__all__ = ["Moment", "read_duration", "read_moment", "read_offset"]

_MOMENT: Final = re.compile(
    r"(?P<date>\d{8})(?:T(?P<time>\d{6})(?P<utc>Z)?)?", re.ASCII | re.IGNORECASE
)
_DURATION: Final = re.compile(
    r"(?P<sign>[+-])?P(?:(?P<weeks>\d{1,5})W|(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,8})S)?)?)",
    re.ASCII | re.IGNORECASE,
)
_OFFSET: Final = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """A DATE or DATE-TIME as it was written.

    Attributes:
        at: on some clock on the wall; midnight for a date.
        whole: whether it is a date.
        utc: whether it ends with ``Z``.
        tzid: the zone that it names.
    """

    at: datetime
    whole: bool = False
    utc: bool = False
    tzid: str | None = None

    @property
    def date(self) -> date:
        """Its date on that clock."""
        return self.at.date()


def read_moment(text: str, tzid: str | None = None) -> Moment:
    """The moment that *text* writes.

    Raises:
        ValueError: it is none; the sentence says why.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError("is not a date or time such as 20261225 or 20261225T090000Z")
    day, time = found["date"], found["time"]
    hour, minute, second = (int(time[at : at + 2]) for at in (0, 2, 4)) if time else (0, 0, 0)
    if second == 60:  # a leap second, which no clock on the wall here shows
        second = 59
    try:
        at = datetime(  # noqa: DTZ001 - a clock on the wall
            int(day[:4]), int(day[4:6]), int(day[6:]), hour, minute, second
        )
    except ValueError as error:
        raise ValueError("is a date or time that does not exist") from error
    whole = time is None
    return Moment(at, whole, bool(found["utc"]), None if whole or found["utc"] else tzid)


def read_duration(text: str) -> timedelta:
    """The duration that *text* writes.

    Raises:
        ValueError: it is none.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None or text.strip()[-1:] in {"P", "T", "p", "t"}:
        raise ValueError("is not a duration such as P1D or PT8H")
    sign = -1 if found["sign"] == "-" else 1
    units = ("weeks", "days", "hours", "minutes", "seconds")
    return sign * timedelta(**{unit: int(found[unit] or 0) for unit in units})


def read_offset(text: str) -> int:
    """Seconds east of UTC.

    Raises:
        ValueError: it is no offset.
    """
    found = _OFFSET.fullmatch(text.strip())
    if found is None or int(found[2]) > 25 or int(found[3]) > 59:
        raise ValueError("is not an offset such as +0100")
    size = int(found[2]) * 3600 + int(found[3]) * 60 + int(found[4] or 0)
    return -size if found[1] == "-" else size
