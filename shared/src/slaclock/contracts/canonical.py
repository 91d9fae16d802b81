"""One spelling per JSON value (RFC 8785), and the names that follow from it: hashes and ids."""

from __future__ import annotations

import hashlib
from typing import Any, Final
from uuid import UUID

import orjson
import rfc8785

from slaclock.errors import Fault, Refusal

__all__ = [
    "NotCanonical",
    "canonical",
    "canonical_plain",
    "content_hash",
    "sha256_hex",
    "uuid_of",
    "uuid_text_of",
]

NAMESPACE: Final = UUID("5c1ac10c-0000-5000-8000-736c61636c6b")
"""Namespace of every id that the platform derives. Never changes: the ids would."""

_NAMED: Final = hashlib.sha1(NAMESPACE.bytes, usedforsecurity=False)
_VARIANTS: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_OPTIONS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_PLAIN: Final = frozenset({str, int, bool, type(None), dict, list, tuple})
_UNSPEAKABLE: Final = (
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
        spelled = _plain(value)
        return rfc8785.dumps(value) if spelled is None else spelled
    except _UNSPEAKABLE as error:
        raise _not_canonical(error) from error


def canonical_plain(value: Any) -> bytes:
    """`canonical` for what the caller has built of text, integers, True, False and None alone.

    In lists, tuples, and dicts with ASCII keys. Nothing is looked through, which takes a third of
    the time; a float or another key might be spelled otherwise, so take it only for documents
    whose form is your own.

    Raises:
        NotCanonical: an integer beyond 2^53, or half a surrogate pair.
    """
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError as error:
        raise _not_canonical(error) from error


def _not_canonical(error: Exception) -> NotCanonical:
    fault = Fault(
        field="",
        value=None,
        message=str(error) or "nested too deeply",
        remedy="use text, true, false, null, finite numbers, and integers within ±(2^53 - 1)",
        code="json.not-canonical",
    )
    return NotCanonical(faults=[fault])


def _plain(value: Any) -> bytes | None:
    """What orjson makes of *value*, ten times faster, if it spells it as the RFC does.

    It does so for ASCII keys (whose order the RFC and UTF-8 agree on) and without floats; and what
    JSON has no word for (dates, enumerations, subclasses) is the RFC's to refuse.
    """
    try:
        spelled = orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return None
    found = [value]  # one flat loop: this is on the path of every event and stored picture
    for item in found:
        kind = type(item)
        if kind is dict:
            found += item.values()
        elif kind is list or kind is tuple:
            found += item
    if not _PLAIN.issuperset(map(type, found)):
        return None
    if spelled.isascii() or all("".join(item).isascii() for item in found if type(item) is dict):
        return spelled
    return None


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
    return UUID(bytes=_digest(parts).digest()[:16], version=5)  # as uuid.uuid5 does, in less time


def uuid_text_of(*parts: str | int | bool | None) -> str:
    """The text of `uuid_of`, in half the time: every event has one or two.

    Raises:
        NotCanonical: as `canonical`.
    """
    found = _digest(parts).hexdigest()
    variant = _VARIANTS[found[16]]
    return f"{found[:8]}-{found[8:12]}-5{found[13:16]}-{variant}{found[17:20]}-{found[20:32]}"


def _digest(parts: tuple[str | int | bool | None, ...]) -> hashlib._Hash:
    named = _NAMED.copy()
    named.update(canonical_plain(parts))
    return named
