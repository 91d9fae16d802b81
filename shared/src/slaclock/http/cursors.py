"""Cursors: where a list goes on. Opaque to clients; one that was changed is refused clearly.

A cursor holds nothing that its reader may not see, and the tenant comes from the credential, so it
is not signed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from pydantic import TypeAdapter, ValidationError

from slaclock.errors import Fault, Refusal
from slaclock.http.fields import usable

__all__ = ["MalformedCursor", "decode", "encode"]

_INT64: Final = range(-(2**63), 2**63)
_TEXT_LENGTH: Final = 500
"""The longest text of a key: more than an id, because some names are joined of several."""


class MalformedCursor(Refusal):
    """Not a cursor of this list."""

    code = "cursor.malformed"
    status = 400

    def __init__(self, found: str) -> None:
        super().__init__(
            faults=[
                Fault(
                    "cursor",
                    found,
                    "not a cursor of this list",
                    "send `next` of the page before unchanged, or start without a cursor",
                    self.code,
                )
            ]
        )


def encode(of: str, *values: str | int | datetime | UUID) -> str:
    """A cursor of the list *of*, holding the sort key of the last item shown.

    Args:
        of: names the list and its order, so that no other list takes the cursor.
        values: the key; instants must be aware.
    """
    key = orjson.dumps([of, *values], default=str)  # str: asyncpg's UUID is a subclass
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def decode(of: str, cursor: str, *types: type) -> tuple[Any, ...]:
    """The key within *cursor*, each value of its type (str, int, datetime or UUID).

    Raises:
        MalformedCursor: changed, cut, or of another list.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found = orjson.loads(raw)
    except (binascii.Error, ValueError) as error:
        raise MalformedCursor(cursor) from error
    if not isinstance(found, list) or len(found) != len(types) + 1 or found[0] != of:
        raise MalformedCursor(cursor)
    try:
        return tuple(_value(value, kind) for value, kind in zip(found[1:], types, strict=True))
    except (ValueError, ValidationError) as error:
        raise MalformedCursor(cursor) from error


def _value(value: object, kind: type) -> object:
    if kind in (datetime, UUID):
        if not isinstance(value, str):
            raise ValueError("not text")
        parsed: Any = TypeAdapter(kind).validate_json(orjson.dumps(value))
        return _in_utc(parsed) if isinstance(parsed, datetime) else parsed
    if type(value) is not kind:
        raise ValueError(f"not a {kind.__name__}")
    if isinstance(value, int) and value not in _INT64:
        raise ValueError("too large a number")
    if isinstance(value, str) and len(usable(value)) > _TEXT_LENGTH:
        raise ValueError("too long a text")
    return value


def _in_utc(at: datetime) -> datetime:
    """*at*, unless it names no instant, or one that no UTC date can hold."""
    if at.tzinfo is None:
        raise ValueError("an instant needs an offset")
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("beyond the years 1 to 9999") from error


def page_of(rows: Sequence[Any], limit: int) -> tuple[Sequence[Any], Any | None]:
    """Split *rows*, read with `LIMIT limit + 1`, into a page and its last row where more follow."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], rows[limit - 1]
