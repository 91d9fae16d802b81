"""Where the command line finds calendars over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from slaclock.cli.exits import NothingFound
from slaclock.cli.platform import Platform

__all__ = ["BASE", "calendar_path", "every", "newest_version"]

BASE: Final = "/calendar/v1"
_PAGE: Final = 200


def calendar_path(calendar_id: str) -> str:
    """The address of a calendar, whatever its id."""
    return f"{BASE}/calendars/{quote(calendar_id, safe='')}"


def every(platform: Platform, path: str) -> Iterator[Any]:
    """The items of every page."""
    cursor: str | None = None
    while True:
        found = platform.get(path, cursor=cursor, limit=_PAGE)
        yield from found["items"]
        cursor = found.get("next")
        if cursor is None:
            return


def newest_version(platform: Platform, calendar_id: str) -> int:
    """The newest version that is not retired.

    Raises:
        NothingFound: there is none.
    """
    for found in every(platform, f"{calendar_path(calendar_id)}/versions"):
        if found["status"] == "published":
            return int(found["version"])
    raise NothingFound(
        f"calendar {calendar_id!r} has no published version that is in use; publish its draft, "
        "or say --version or --draft"
    )
