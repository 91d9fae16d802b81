"""Instants on the wire: RFC 3339 text with an offset; inside, aware datetimes in UTC.

Plain `datetime` fields accept naive text, dates and bare numbers; none of these says which instant
is meant, so all are refused here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Final

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

__all__ = [
    "EARLIEST",
    "LATEST",
    "Instant",
    "MalformedInstantError",
    "from_us",
    "parse_instant",
    "rfc3339",
    "rfc3339_of_us",
    "to_us",
]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH: Final = EPOCH.replace(tzinfo=None)
EARLIEST: Final = EPOCH
"""The first instant that the platform knows."""

LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""The last one, as business time has it."""

_OUTSIDE: Final = "outside 1970-01-01T00:00:00Z to 2200-01-01T00:00:00Z"
_MICROSECOND: Final = timedelta(microseconds=1)
_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class MalformedInstantError(ValueError):
    """Text that names no instant, or one outside 1970-2200."""


def parse_instant(text: str) -> datetime:
    """The instant that *text* names, in UTC; digits beyond the microsecond are cut.

    Args:
        text: RFC 3339 with an offset, such as `2026-03-01T09:00:00+01:00` or `...Z`.

    Raises:
        MalformedInstantError: no offset, not RFC 3339, a date or time of day that does not exist
            (`24:00`, second 60), or an instant outside 1970-2200.
    """
    if _RFC3339.fullmatch(text) is None:
        raise MalformedInstantError("not an RFC 3339 instant with an offset")
    try:
        at = datetime.fromisoformat(text.upper())
        if at.tzinfo is not UTC:
            at = at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedInstantError(str(error)) from error
    if not EARLIEST <= at <= LATEST:
        raise MalformedInstantError(_OUTSIDE)
    return at


def to_us(at: datetime) -> int:
    """Microseconds from the epoch to *at*.

    Raises:
        ValueError: *at* is naive.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no offset, so it names no instant")
    return (at - EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """The instant, in UTC, that lies *microseconds* after the epoch."""
    return EPOCH + timedelta(microseconds=microseconds)


def rfc3339(at: datetime) -> str:
    """Text of *at* in UTC, ending in `Z`; six decimals where it is not a whole second.

    Raises:
        ValueError: *at* is naive.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no offset, so it names no instant")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


@lru_cache(maxsize=4096)  # an event names the same few instants again and again
def rfc3339_of_us(microseconds: int) -> str:
    """`rfc3339` of the instant that lies *microseconds* after the epoch; a third of the time."""
    return (_NAIVE_EPOCH + timedelta(microseconds=microseconds)).isoformat() + "Z"


def _checked(value: object) -> datetime:
    if isinstance(value, str):
        return parse_instant(value)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise MalformedInstantError("an RFC 3339 text with an offset is expected")
    at = value.astimezone(UTC)
    if not EARLIEST <= at <= LATEST:
        raise MalformedInstantError(_OUTSIDE)
    return at


def _instant(value: object) -> datetime:
    try:
        return _checked(value)
    except MalformedInstantError as error:
        raise PydanticCustomError("instant", "{reason}", {"reason": str(error)}) from error


Instant = Annotated[
    datetime,
    PlainValidator(_instant),
    PlainSerializer(rfc3339, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "RFC 3339 with an offset, 1970-2200, resolved to the microsecond",
            "examples": ["2026-03-02T09:00:00Z"],
        }
    ),
]
"""A pydantic field: RFC 3339 text with an offset in, an aware datetime in UTC inside."""
