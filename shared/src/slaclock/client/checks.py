"""What a request must be made of; wrong ones are not sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final

import httpx

from slaclock.client.errors import ApiFault, InvalidInput

__all__ = ["a_key", "a_url", "amount", "an_id", "aware", "checked", "in_order", "one_of"]

_LONGEST: Final = 200


def checked(*found: ApiFault | None) -> None:
    """Go on if nothing was found.

    Raises:
        InvalidInput: with everything that was.
    """
    faults = [one for one in found if one is not None]
    if faults:
        raise InvalidInput(faults)


def a_url(field: str, value: str) -> ApiFault | None:
    """Where a platform may answer."""
    try:
        url = httpx.URL(value)
    except httpx.InvalidURL as error:
        return ApiFault(field, value, str(error), "write one such as http://127.0.0.1:8080")
    if url.scheme in ("http", "https") and url.host:
        return None
    return ApiFault(field, value, "names no server", "write one such as http://127.0.0.1:8080")


def a_key(field: str, value: str) -> ApiFault | None:
    """What a header can carry; the fault does not show it."""
    if value.isascii() and value.isprintable() and value.strip() == value != "":
        return None
    return ApiFault(field, "...", "is empty, or no header can carry it", "write it as it was given")


def an_id(field: str, value: object) -> ApiFault | None:
    """Ids are text of 1 to 200 characters that a database can hold."""
    if not isinstance(value, str):
        return ApiFault(field, value, f"is a {type(value).__name__}, not a text", "write a str")
    if not value or len(value) > _LONGEST:
        return ApiFault(
            field, value[:_LONGEST], f"has {len(value)} characters", f"write 1 to {_LONGEST}"
        )
    if "\x00" in value or any("\ud800" <= one <= "\udfff" for one in value):
        return ApiFault(field, value, "holds NUL or half a surrogate pair", "leave it out")
    return None


def aware(field: str, value: object) -> ApiFault | None:
    """An instant needs its zone; None is no instant, and fine."""
    if value is None or (isinstance(value, datetime) and value.utcoffset() is not None):
        return None
    if isinstance(value, datetime):
        return ApiFault(field, value, "does not say in which zone", "add tzinfo, such as UTC")
    return ApiFault(field, value, f"is a {type(value).__name__}", "write an aware datetime")


def amount(field: str, value: timedelta, *, least: timedelta) -> ApiFault | None:
    """A pace or a length of time of *least* or more."""
    if value >= least:
        return None
    return ApiFault(field, value, "is too short", f"write {least} or more")


def in_order(first: str, begin: date, last: str, end: date) -> ApiFault | None:
    """Two days, the second not before the first."""
    if begin <= end:
        return None
    return ApiFault(last, end, f"lies before {first} ({begin})", "swap the two")


def one_of(field: str, value: str | None, known: Collection[str]) -> ApiFault | None:
    """One of the words that the platform knows, or None."""
    if value is None or value in known:
        return None
    return ApiFault(field, value, "is unknown", f"write one of {', '.join(known)}")
