"""What pydantic found wrong, in our words: field, value, message, remedy, stable code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from slaclock.errors import Fault

__all__ = ["faults_of", "shown"]

SHOWN: Final = 120
"""Characters of a value that a fault repeats."""

_MISSING = ("field.missing", "add it")
_KIND = ("field.type", "send a value of the kind that the schema asks for")
_LENGTH = ("field.length", "send 1 to 200 characters, or null where nothing is known")
_FORMAT = ("field.format", "write it in the form that the schema asks for")
_CHOICE = ("field.value", "send one of the values that the message names")
_BOUND = ("field.value", "send a number within the bounds that the message names")

_KINDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "missing": _MISSING,
        "json_invalid": ("json.malformed", "send one JSON object in UTF-8"),
        "string_too_short": _LENGTH,
        "string_too_long": _LENGTH,
        "too_short": _LENGTH,
        "too_long": _LENGTH,
        "string_pattern_mismatch": _FORMAT,
        "string_unicode": ("field.format", "send well-formed Unicode without lone surrogates"),
        "instant": (
            "field.instant",
            "send RFC 3339 text with an offset between 1970 and 2200, such as 2026-03-02T09:00:00Z",
        ),
        "literal_error": _CHOICE,
        "enum": _CHOICE,
        "greater_than": _BOUND,
        "greater_than_equal": _BOUND,
        "less_than": _BOUND,
        "less_than_equal": _BOUND,
        "json_exact": (
            "json.not-canonical",
            "use text, true, false, null, finite numbers, and integers within ±(2^53 - 1)",
        ),
        "period": ("field.value", "let it end after it begins, or send null"),
    }
)


def faults_of(error: ValidationError, *, within: str = "") -> tuple[Fault, ...]:
    """Each thing that *error* found, in the order of the fields.

    Args:
        error: what a pydantic model said.
        within: path of the validated value inside the author's document.
    """
    return tuple(
        _fault(found, within) for found in error.errors(include_url=False, include_context=False)
    )


def _fault(found: ErrorDetails, within: str) -> Fault:
    code, remedy = _KINDS.get(found["type"], _KIND)
    missing = found["type"] == "missing"
    return Fault(
        field=_path(within, found["loc"]),
        value=None if missing else shown(found.get("input")),
        message="is missing" if missing else found["msg"],
        remedy=remedy,
        code=code,
    )


def _path(within: str, location: Sequence[int | str]) -> str:
    path = within
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path


def shown(value: Any) -> Any:
    """*value* as a fault repeats it: small scalars as they are, everything else short text."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -(2**53) < value < 2**53 else _short(str(value)[: 2 * SHOWN])
    if isinstance(value, bytes):
        return _short(value[: 4 * SHOWN].decode("utf-8", "backslashreplace"))
    if isinstance(value, str):
        return _short(value[: 4 * SHOWN], total=len(value))
    return _short(repr(value))


def _short(text: str, *, total: int | None = None) -> str:
    clean = text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
    length = len(text) if total is None else total
    return clean if length <= SHOWN else f"{clean[:SHOWN]}... ({length} characters)"
