"""What pydantic found wrong, in our words: field, value, message, remedy, stable code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from slaclock.errors import Fault

__all__ = ["fault_of", "faults_of", "field_path", "shown"]

SHOWN: Final = 120
"""Characters of a value that a fault repeats."""

_KIND: Final = ("field.type", "send a value of the kind that the schema asks for")
_FORMAT: Final = "write it in the form that the schema asks for"
_OBJECT: Final = ("field.type", "send an object")
_WHOLE: Final = ("field.type", "send a whole number")
_YES_OR_NO: Final = ("field.type", "send true or false")
_CHOICE: Final = ("field.value", "send one of {expected}")
_DATE: Final = ("field.format", "send a date such as 2026-03-02")
_INSTANT: Final = (
    "field.instant",
    "send RFC 3339 text with an offset between 1970 and 2200, such as 2026-03-02T09:00:00Z",
)

_KINDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "missing": ("field.missing", "add it"),
        "extra_forbidden": ("field.unknown", "remove it, or correct its name"),
        "json_invalid": ("json.malformed", "send one JSON object in UTF-8"),
        "string_type": ("field.type", "send text"),
        "string_too_short": ("field.length", "send at least {min_length} characters"),
        "string_too_long": ("field.length", "send at most {max_length} characters"),
        "too_short": ("field.length", "send at least {min_length} entries"),
        "too_long": ("field.length", "send at most {max_length} entries"),
        "string_pattern_mismatch": ("field.format", "send text that matches {pattern}"),
        "string_unicode": ("field.format", "send well-formed Unicode without lone surrogates"),
        "instant": _INSTANT,
        "literal_error": _CHOICE,
        "enum": _CHOICE,
        "greater_than": ("field.value", "send more than {gt}"),
        "greater_than_equal": ("field.value", "send {ge} or more"),
        "less_than": ("field.value", "send less than {lt}"),
        "less_than_equal": ("field.value", "send {le} or less"),
        "int_type": _WHOLE,
        "int_parsing": _WHOLE,
        "int_from_float": _WHOLE,
        "int_parsing_size": ("field.value", "send a smaller number"),
        "float_type": ("field.type", "send a number"),
        "float_parsing": ("field.type", "send a number"),
        "finite_number": ("field.value", "send a finite number"),
        "bool_type": _YES_OR_NO,
        "bool_parsing": _YES_OR_NO,
        "list_type": ("field.type", "send a list"),
        "dict_type": _OBJECT,
        "model_type": _OBJECT,
        "model_attributes_type": _OBJECT,
        "date_parsing": _DATE,
        "date_from_datetime_parsing": _DATE,
        "datetime_parsing": _INSTANT,
        "datetime_from_date_parsing": _INSTANT,
        "timezone_aware": _INSTANT,
        "uuid_parsing": ("field.format", "send a UUID"),
        "uuid_type": ("field.format", "send a UUID"),
        "value_error": ("field.value", _FORMAT),
        "json_exact": (
            "json.not-canonical",
            "use text, true, false, null, finite numbers, and integers within ±(2^53 - 1)",
        ),
        "period": ("field.value", "let it end after it begins, or send null"),
    }
)
"""By pydantic's kind of error: our code, and the remedy with what pydantic knows filled in."""


def faults_of(error: ValidationError, *, within: str = "") -> tuple[Fault, ...]:
    """Each thing that *error* found, in the order of the fields.

    Args:
        error: what a pydantic model said.
        within: path of the validated value inside the author's document.
    """
    return tuple(
        fault_of(found, field_path(found["loc"], within=within))
        for found in error.errors(include_url=False)
    )


def fault_of(found: Mapping[str, Any], field: str) -> Fault:
    """One of pydantic's findings, at *field*.

    A validator that raises `ValueError("what is wrong; what to do")` gives its own remedy.
    """
    kind = str(found["type"])
    code, remedy = _KINDS.get(kind, _KIND)
    if kind == "missing":
        return Fault(field, None, "is missing", remedy, code)
    if kind == "string_pattern_mismatch" and "\x00" in str(found.get("input")):
        return Fault(
            field, shown(found["input"]), "contains the character NUL", "leave it out", code
        )
    message, said = str(found["msg"]), ""
    if kind == "extra_forbidden":
        message = "is not one of the names that are known here"
    if kind == "value_error":
        message, _, said = message.removeprefix("Value error, ").partition("; ")
    remedy = said or _filled(remedy, found.get("ctx") or {})
    return Fault(field, shown(found.get("input")), message, remedy, code)


def _filled(remedy: str, context: Mapping[str, Any]) -> str:
    try:
        return remedy.format_map(context)
    except KeyError:  # pydantic tells something else about this kind than it used to
        return _FORMAT


def field_path(location: Iterable[int | str], *, within: str = "") -> str:
    """A path as the document's author would write it: `windows[2].start`."""
    path = within
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path


def shown(value: Any, *, most: int = SHOWN) -> Any:
    """*value* as a fault repeats it: small scalars as they are, everything else short text.

    What comes out is JSON, valid Unicode, and storable in PostgreSQL.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else repr(value)
    if isinstance(value, int) and -(2**53) < value < 2**53:
        return value
    if isinstance(value, bytes):
        return _short(value[: 4 * most].decode("utf-8", "backslashreplace"), most)
    if isinstance(value, str):
        return _short(value[: 4 * most], most, total=len(value))
    return _short(_written(value), most)


def _written(value: object) -> str:
    try:
        return repr(value)
    except ValueError:  # Python refuses to write out thousands of digits
        return f"a {type(value).__name__} with an enormous number"


def _short(text: str, most: int, *, total: int | None = None) -> str:
    clean = text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
    length = len(text) if total is None else total
    return clean if length <= most else f"{clean[:most]}... ({length} characters)"
