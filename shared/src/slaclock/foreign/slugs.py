"""Ids for what has only a name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

__all__ = ["slug"]

_OTHER: Final = re.compile(r"[^a-z0-9]+")
_LONGEST: Final = 60


def slug(name: str, taken: Collection[str], default: str) -> str:
    """An id that can stand in an address, made of *name*, and none of *taken*."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = _OTHER.sub("-", plain).strip("-")[:_LONGEST].rstrip("-") or default
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base}-{number}"
    return found
