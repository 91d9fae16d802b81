"""ETag and If-Match: nobody overwrites what somebody else has changed meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Final

from fastapi import Header

from slaclock.errors import Refusal

__all__ = ["IfMatch", "IfNoneMatch", "etag", "is_known", "meant_by", "require_match"]

IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=1000)]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", max_length=1000)]
_TAG: Final = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')


class PreconditionRequired(Refusal):
    """The request must say which state it was made for."""

    code = "precondition.required"
    status = 428

    def __init__(self) -> None:
        super().__init__("send If-Match with the ETag of what you read")


class PreconditionFailed(Refusal):
    """Somebody changed it meanwhile."""

    code = "precondition.failed"
    status = 412

    def __init__(self, current: str | None = None) -> None:
        super().__init__("it was changed meanwhile; read it again and decide anew")
        self.headers = {} if current is None else {"ETag": current}


def etag(value: object) -> str:
    """A strong entity tag of a hash, or of a revision number."""
    return f'"{value}"'


def require_match(if_match: str | None, current: str) -> None:
    """Go on only if *if_match* names the *current* tag.

    Raises:
        PreconditionRequired: no If-Match was sent.
        PreconditionFailed: another state was meant, or the header is malformed.
    """
    if if_match is None:
        raise PreconditionRequired
    if if_match.strip() != "*" and current not in _tags(if_match, weak=False):
        raise PreconditionFailed(current)


def meant_by(if_match: str | None) -> str | None:
    """The value of the one entity tag that *if_match* names; None where any state will do.

    For what compares the state itself, under a lock. No header and `*` leave it open.

    Raises:
        PreconditionFailed: the header names no state, or several of them.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    named = {tag for is_weak, tag in _TAG.findall(if_match) if not is_weak}
    if len(named) != 1:
        raise PreconditionFailed
    return str(named.pop())


def is_known(if_none_match: str | None, current: str) -> bool:
    """Whether the client has *current* already, so that 304 is the answer."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or current in _tags(if_none_match, weak=True)


def _tags(header: str, *, weak: bool) -> Iterable[str]:
    return {etag(tag) for is_weak, tag in _TAG.findall(header) if weak or not is_weak}
