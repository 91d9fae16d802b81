"""One spelling per JSON value (RFC 8785), and the names that follow from it: hashes and ids."""

from __future__ import annotations

import hashlib
from typing import Any, Final
from uuid import UUID, uuid5

import orjson
import rfc8785

from slaclock.errors import Fault, Refusal

__all__ = ["NotCanonical", "canonical", "content_hash", "sha256_hex", "uuid_of"]

NAMESPACE: Final = UUID("5c1ac10c-0000-5000-8000-736c61636c6b")
"""Namespace of every id that the platform derives. Never changes: the ids would."""

_SAFE: Final = 2**53 - 1
_PLAIN_DEPTH: Final = 64
_UNSPEAKABLE: Final = (
    orjson.JSONEncodeError,
    rfc8785.CanonicalizationError,
    UnicodeEncodeError,
    RecursionError,
)


class NotCanonical(Refusal):
    """A value that JSON cannot carry exactly.

    An integer beyond 2^53, NaN, half a surrogate pair, a key that is no text.
    """

    code = "json.not-canonical"


def canonical(value: Any) -> bytes:
    """*value* in the one spelling of RFC 8785: keys sorted, no white space, UTF-8.

    Raises:
        NotCanonical: *value* holds something that JSON cannot carry exactly.
    """
    try:
        if _is_plain(value, _PLAIN_DEPTH):  # what orjson spells as the RFC does, ten times faster
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        return rfc8785.dumps(value)
    except _UNSPEAKABLE as error:
        fault = Fault(
            field="",
            value=None,
            message=str(error) or "nested too deeply",
            remedy="use text, true, false, null, finite numbers, and integers within ±(2^53 - 1)",
            code="json.not-canonical",
        )
        raise NotCanonical(faults=[fault]) from error


def _is_plain(value: Any, depth: int) -> bool:
    """Whether *value* holds no float, no large integer, no subclass and only ASCII keys."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-_SAFE <= value <= _SAFE)
    if depth == 0:
        return False
    if kind is dict:
        return all(
            type(key) is str and key.isascii() and _is_plain(item, depth - 1)
            for key, item in value.items()
        )
    if kind is list or kind is tuple:
        return all(_is_plain(item, depth - 1) for item in value)
    return False


def sha256_hex(content: bytes) -> str:
    """SHA-256 of *content*: 64 lower-case hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def content_hash(value: Any) -> str:
    """The name of a JSON value: SHA-256 of its canonical bytes.

    Raises:
        NotCanonical: as `canonical`.
    """
    return sha256_hex(canonical(value))


def uuid_of(*parts: str | int | bool | None) -> UUID:
    """The id of what *parts* say, always the same: uuid5 of their canonical JSON array.

    An array and never joined text, so that ("a", "bc") and ("ab", "c") differ.

    Raises:
        NotCanonical: as `canonical`.
    """
    return uuid5(NAMESPACE, canonical(list(parts)).decode())
