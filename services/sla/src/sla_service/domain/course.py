"""What begins and what fulfils a clock of each metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

__all__ = ["COURSES", "FULFILS", "STARTS", "Course"]

STARTS: Final = ("opened", "customer_reply", "agent_reply")
"""The ticket is opened; the customer writes; an agent writes to the customer."""

FULFILS: Final = ("agent_reply", "resolved")
"""An agent writes to the customer; the ticket is resolved or closed."""


@dataclass(frozen=True, slots=True)
class Course:
    """The moments at which a cycle begins and at which it is fulfilled."""

    starts: tuple[str, ...]
    fulfils: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """As the snapshot carries it."""
        return {"starts": list(self.starts), "fulfils": list(self.fulfils)}


COURSES: Final[Mapping[str, Course]] = MappingProxyType(
    {
        "first_response": Course(("opened",), ("agent_reply", "resolved")),
        "next_reply": Course(("customer_reply",), ("agent_reply", "resolved")),
        "periodic_update": Course(("opened", "agent_reply"), ("agent_reply", "resolved")),
        "resolution": Course(("opened",), ("resolved",)),
    }
)
"""Where an agreement does not say otherwise."""
