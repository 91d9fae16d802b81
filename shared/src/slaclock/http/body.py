"""Checks of a request before anything reads it: size, depth, text and numbers of its JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from slaclock.contracts.faults import field_path
from slaclock.errors import Fault, Refusal

__all__ = ["BODY_LIMIT", "MIB", "body_limit", "check_json", "limit_of", "raw_body", "takes_raw"]

BODY_LIMIT: Final = 64 * 1024
"""Bytes of a body where the route says nothing else."""
MIB: Final = 1024 * 1024
DEPTH_LIMIT: Final = 32
_LIMIT: Final = "slaclock_body_limit"
_RAW: Final = "slaclock_raw_body"
_BRACKETS_OUTSIDE_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|([\[{])|([\]}])', re.DOTALL)
_BAD_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
_MAYBE_BAD: Final = re.compile(rb"\\u(?:0000|[dD][89abAB])")
_INT64: Final = range(-(2**63), 2**63)
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class MalformedBody(Refusal):
    """The body is not JSON that can be read."""

    code = "body.malformed"
    status = 400


class TooLarge(Refusal):
    """The body has more bytes than the route takes."""

    code = "body.too-large"
    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body may have {limit} bytes; send it in parts")


class TooDeep(Refusal):
    """Lists and objects within each other beyond reason."""

    code = "body.too-deep"

    def __init__(self) -> None:
        super().__init__(f"the body nests lists and objects more than {DEPTH_LIMIT} deep")


class UnusableValue(Refusal):
    """JSON can write it, and nothing here can store it: NUL, half a character, a huge number."""

    code = "body.unusable-value"


def body_limit(size: int) -> Callable[[Endpoint], Endpoint]:
    """Let an endpoint take bodies of up to *size* bytes instead of `BODY_LIMIT`."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _LIMIT, size)
        return endpoint

    return mark


def raw_body(endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint that reads the body itself and answers for each part of it.

    Size and depth are still checked; text and numbers are the endpoint's.
    """
    setattr(endpoint, _RAW, True)
    return endpoint


def limit_of(endpoint: object) -> int:
    """Bytes that *endpoint* takes."""
    limit: int = getattr(endpoint, _LIMIT, BODY_LIMIT)
    return limit


def takes_raw(endpoint: object) -> bool:
    """Whether *endpoint* is marked `raw_body`."""
    return bool(getattr(endpoint, _RAW, False))


def check_depth(body: bytes) -> None:
    """Raises `TooDeep`; reads brackets outside strings only, so broken JSON is no matter."""
    depth = 0
    for found in _BRACKETS_OUTSIDE_STRINGS.finditer(body):
        depth += (found[1] is not None) - (found[2] is not None)
        if depth > DEPTH_LIMIT:
            raise TooDeep


def check_json(body: bytes) -> None:
    """Refuse what a JSON parser takes and nothing behind it can.

    Raises:
        MalformedBody: not UTF-8, or not JSON (NaN and Infinity are not).
        UnusableValue: lists every text with NUL or a lone surrogate, every number out of range.
    """
    suspicious = _MAYBE_BAD.search(body) is not None

    def whole(digits: str) -> int | _OutOfRange:
        nonlocal suspicious
        if len(digits) <= 20 and (value := int(digits)) in _INT64:
            return value
        suspicious = True
        return _OutOfRange(digits)

    def fraction(digits: str) -> float | _OutOfRange:
        nonlocal suspicious
        if math.isfinite(value := float(digits)):
            return value
        suspicious = True
        return _OutOfRange(digits)

    try:
        document = json.loads(
            body.decode(), parse_int=whole, parse_float=fraction, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError as error:
        raise MalformedBody(f"the body is not UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise MalformedBody(
            f"the body is not JSON: {error.msg} at line {error.lineno} column {error.colno}"
        ) from error
    if suspicious and (faults := list(_unusable(document, ()))):
        raise UnusableValue(faults=faults)


class _OutOfRange(str):
    """A number that no 64-bit integer and no double can hold, as it was written."""

    __slots__ = ()


def _refuse_constant(name: str) -> float:
    raise MalformedBody(f"the body is not JSON: {name} is no JSON number")


def _unusable(value: object, loc: tuple[int | str, ...]) -> Iterator[Fault]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _unusable(key, (*loc, key))
            yield from _unusable(inner, (*loc, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unusable(inner, (*loc, index))
    elif isinstance(value, _OutOfRange):
        path = field_path(loc)
        yield Fault(path, str(value), "too large a number", "send a 64-bit number", "number.range")
    elif isinstance(value, str) and (found := _BAD_TEXT.search(value)):
        kind = "the character NUL" if found[0] == "\x00" else "half a surrogate pair"
        yield Fault(field_path(loc), value, f"contains {kind}", "leave it out", "text.unusable")
