"""Another tzdata release: what the installed one says, with some zones changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from slaclock.business_time import PACKAGED

__all__ = ["OtherRelease"]


@dataclass(frozen=True, slots=True)
class OtherRelease:
    """A release as somebody's parliament might make it.

    Attributes:
        version: of the release.
        instead: zones that keep another zone's clock from now on: `{"Europe/London":
            "Africa/Abidjan"}` gives up summer time.
        gone: zones that it does not know.
    """

    version: str = "2099.1"
    instead: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    def names(self) -> frozenset[str]:
        """All zones that are left."""
        return PACKAGED.names() - self.gone

    def read(self, name: str) -> bytes:
        """The file of a zone."""
        return PACKAGED.read(self.instead.get(name, name))
