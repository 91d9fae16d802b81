"""Types of what stands in paths and queries, bounded so that nothing behind them overflows."""

from __future__ import annotations

from typing import Annotated, Final, Generic, TypeVar

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, Field

__all__ = ["Cursor", "Id", "IdInPath", "Limit", "Page", "VersionInPath", "usable"]

ID_LENGTH: Final = 200
Item = TypeVar("Item")


def usable(text: str) -> str:
    """*text*, unless the database could not hold it.

    Raises:
        ValueError: NUL, or half a surrogate pair.
    """
    if "\x00" in text:
        raise ValueError("contains the character NUL; leave it out")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError("contains half a surrogate pair; leave it out") from error
    return text


Id = Annotated[str, Field(min_length=1, max_length=ID_LENGTH), AfterValidator(usable)]
"""Somebody's opaque id: any Unicode text of 1 to 200 characters."""
IdInPath = Annotated[str, Path(min_length=1, max_length=ID_LENGTH), AfterValidator(usable)]
VersionInPath = Annotated[int, Path(ge=1, le=2**31 - 1)]
Limit = Annotated[int, Query(ge=1, le=200, description="items on a page")]
Cursor = Annotated[
    str | None, Query(max_length=2000, description="`next` of the page before this one")
]


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next` is null on the last one."""

    items: list[Item]
    next: str | None = None
