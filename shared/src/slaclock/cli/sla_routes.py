"""Where the command line finds SLAs over HTTP."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from slaclock.cli.calendar_routes import every
from slaclock.cli.exits import NothingFound
from slaclock.cli.platform import Platform

__all__ = ["BASE", "newest_version", "sla_path"]

BASE: Final = "/sla/v1"


def sla_path(sla_id: str) -> str:
    """The address of an SLA, whatever its id."""
    return f"{BASE}/slas/{quote(sla_id, safe='')}"


def newest_version(platform: Platform, sla_id: str) -> int:
    """The newest version that is not retired.

    Raises:
        NothingFound: there is none.
    """
    for found in every(platform, f"{sla_path(sla_id)}/versions"):
        if found["status"] == "published":
            return int(found["version"])
    raise NothingFound(
        f"SLA {sla_id!r} has no published version that is in use; publish its draft, "
        "or say --version"
    )
