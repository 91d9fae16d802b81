"""Instants as whole microseconds since 1970-01-01T00:00:00Z, and the range they live in.

Integers only: a float cannot hold the microseconds of this century.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from slaclock.business_time.errors import InstantOutOfRange
from slaclock.errors import Fault

__all__ = [
    "DAY_S",
    "EPOCH",
    "FIRST_US",
    "FIRST_YEAR",
    "LAST_US",
    "LAST_YEAR",
    "MICROSECOND",
    "MINUTE_US",
    "SECOND_US",
    "checked_us",
    "from_us",
    "moment",
    "out_of_range",
    "to_us",
    "year_of",
    "year_start_s",
]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
DAY_S: Final = 86_400

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2200
"""The last year whose windows are laid out: instants end where it begins."""

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def year_start_s(year: int) -> int:
    """Seconds since the epoch at which the UTC year *year* begins."""
    return (date(year, 1, 1).toordinal() - _EPOCH_DAY) * DAY_S


FIRST_US: Final = 0
LAST_US: Final = year_start_s(LAST_YEAR) * SECOND_US
"""The last instant that is computed with, itself included."""


def year_of(instant_us: int) -> int:
    """The UTC year in which *instant_us* lies; it must be within the range."""
    return date.fromordinal(_EPOCH_DAY + instant_us // (DAY_S * SECOND_US)).year


def moment(at: datetime) -> timedelta:
    """The exact time from the epoch to an aware datetime in any zone.

    Raises:
        ValueError: *at* is naive.
    """
    try:
        return at - EPOCH
    except TypeError:
        if isinstance(at, datetime):
            raise _naive(at) from None
        raise


def to_us(at: datetime) -> int:
    """`moment` in microseconds.

    Raises:
        ValueError: *at* is naive.
    """
    return moment(at) // MICROSECOND


def _naive(at: datetime) -> ValueError:
    return ValueError(
        f"naive datetime {at.isoformat()}: say which instant is meant, "
        "for example with tzinfo=datetime.UTC"
    )


def from_us(instant_us: int) -> datetime:
    """The aware UTC datetime of an instant within the range."""
    return EPOCH + instant_us * MICROSECOND


def out_of_range(what: str, instant_us: int) -> InstantOutOfRange:
    """The refusal of an instant outside the range; *what* names it in the sentence."""
    try:
        shown = (EPOCH + instant_us * MICROSECOND).isoformat().replace("+00:00", "Z")
    except OverflowError:  # beyond what a datetime can hold
        shown = f"{instant_us} µs since 1970"
    return InstantOutOfRange(
        f"{what} {shown} lies outside 1970-01-01T00:00:00Z to 2200-01-01T00:00:00Z",
        faults=[
            Fault(
                field=what,
                value=shown,
                message="lies outside 1970-01-01T00:00:00Z to 2200-01-01T00:00:00Z",
                remedy="use an instant of these years, or a smaller amount",
                code=InstantOutOfRange.code,
            )
        ],
    )


def checked_us(what: str, instant_us: int) -> int:
    """*instant_us* itself.

    Raises:
        InstantOutOfRange: it lies outside the range.
    """
    if FIRST_US <= instant_us <= LAST_US:
        return instant_us
    raise out_of_range(what, instant_us)
