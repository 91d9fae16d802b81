"""What pydantic found wrong, as faults that name field, value and remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from slaclock.errors import Fault

__all__ = ["faults_of", "field_path", "shown"]

_REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "missing": "add it",
        "extra_forbidden": "remove it, or correct its name",
        "string_type": "send text",
        "string_too_long": "send at most {max_length} characters",
        "string_too_short": "send at least {min_length} characters",
        "string_pattern_mismatch": "send text that matches {pattern}",
        "string_unicode": "send valid Unicode",
        "int_type": "send a whole number",
        "int_parsing": "send a whole number",
        "int_parsing_size": "send a smaller number",
        "int_from_float": "send a whole number",
        "float_type": "send a number",
        "float_parsing": "send a number",
        "finite_number": "send a finite number",
        "bool_type": "send true or false",
        "bool_parsing": "send true or false",
        "greater_than_equal": "send {ge} or more",
        "greater_than": "send more than {gt}",
        "less_than_equal": "send {le} or less",
        "less_than": "send less than {lt}",
        "enum": "use one of {expected}",
        "literal_error": "use one of {expected}",
        "list_type": "send a list",
        "dict_type": "send an object",
        "model_type": "send an object",
        "model_attributes_type": "send an object",
        "too_long": "send at most {max_length} entries",
        "too_short": "send at least {min_length} entries",
        "uuid_parsing": "send a UUID",
        "uuid_type": "send a UUID",
    }
)
_INSTANT: Final = "send an RFC 3339 instant with offset, such as 2026-03-02T09:00:00Z"
_OTHERWISE: Final = "send what the schema asks for"


def faults_of(error: ValidationError, *, under: str = "") -> tuple[Fault, ...]:
    """Every fault that *error* lists, with paths such as `targets[2].minutes`.

    Args:
        error: what pydantic raised.
        under: path of the validated value in the whole document.
    """
    found = error.errors(include_url=False)
    return tuple(fault_of(one, one["loc"], under=under) for one in found)


def fault_of(found: Mapping[str, Any], loc: Sequence[int | str], *, under: str = "") -> Fault:
    """One entry of pydantic's list, at *loc*. The value is left out where it is missing."""
    kind = str(found["type"])
    message, _, said = str(found["msg"]).removeprefix("Value error, ").partition("; ")
    return Fault(
        field=field_path(loc, under=under),
        value=None if kind == "missing" else found.get("input"),
        message=message,
        remedy=said or _remedy(kind, found.get("ctx") or {}),
        code=kind,
    )


def _remedy(kind: str, context: Mapping[str, Any]) -> str:
    if kind.startswith(("datetime_", "timezone_")):
        return _INSTANT
    if kind.startswith("date_"):
        return "send a date such as 2026-03-02"
    try:
        return _REMEDIES.get(kind, _OTHERWISE).format_map(context)
    except KeyError:  # pydantic changed what it tells about this kind
        return _OTHERWISE


def field_path(loc: Iterable[int | str], *, under: str = "") -> str:
    """A path as the document's author would write it: `windows[2].start`."""
    path = under
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else str(part)
    return path


def shown(value: object, *, most: int = 200) -> object:
    """*value* as an answer or a log line may repeat it: JSON, short, valid Unicode."""
    if value is None or isinstance(value, bool | float):
        return value if not isinstance(value, float) or value - value == 0 else repr(value)
    if isinstance(value, int) and -(2**53) < value < 2**53:
        return value
    if isinstance(value, int) and value.bit_length() > 4 * most:
        return f"a whole number of {value.bit_length()} bits"
    text = value if isinstance(value, str) else repr(value)
    text = text[: most + 1].encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= most else f"{text[:most]}..."
