"""Lists of tickets, narrowed by what they are and by how their clocks stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from slaclock.contracts.canonical import canonical_plain
from ticket_clock_service.ports import Sought
from ticket_clock_service.usecases.answers import Answers, Scene

__all__ = ["Wanted", "listed"]

BATCH: Final = 200
SCANNED: Final = 2_000
"""Tickets whose clocks are computed for one page at most."""
LOOKS: Final = 10
"""Statements for one page at most; each goes through `WINDOW` tickets at most."""
WINDOW: Final = 20_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets; None where it does not matter.

    Attributes:
        risk: of the ticket, as documents have it.
        due_before: an open clock promised to the customer is due before this instant.
    """

    state: str | None = None
    risk: str | None = None
    priority: str | None = None
    customer_id: str | None = None
    assignee: str | None = None
    group: str | None = None
    due_before: datetime | None = None

    @property
    def fields(self) -> dict[str, str]:
        """Fields of the ticket that are asked for, by name."""
        asked = {
            "priority": self.priority,
            "customer_id": self.customer_id,
            "assignee": self.assignee,
            "group": self.group,
        }
        return {name: value for name, value in asked.items() if value is not None}

    @property
    def computes(self) -> bool:
        """Whether clocks decide: then many more tickets are looked at than are shown."""
        return self.risk is not None or self.due_before is not None

    @property
    def sought(self) -> Sought:
        """What the database looks for: enough to leave most others out, never too much."""
        texts = [canonical_plain({name: value})[1:-1] for name, value in self.fields.items()]
        return Sought(self.state, tuple(texts), WINDOW if texts else None)

    def takes(self, scene: Scene, document: Mapping[str, Any]) -> bool:
        """Whether a ticket is among them, by its status *document*."""
        ticket = scene.picture.ticket
        return (
            (self.risk is None or document["risk"] == self.risk)
            and all(getattr(ticket, name) == value for name, value in self.fields.items())
            and (self.due_before is None or _is_due(document, self.due_before))
        )


def _is_due(document: Mapping[str, Any], before: datetime) -> bool:
    return any(
        datetime.fromisoformat(clock["due_at"]) < before
        for clock in document["clocks"]
        if clock["state"] == "active" and clock["due_at"] is not None and "owner_group" not in clock
    )


async def listed(
    answers: Answers, wanted: Wanted, after: str, limit: int, *, terms_ready: bool
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of statuses in the order of ids, and the id to go on behind; None at the end.

    The work for a page is bounded, so one that finds little may hold fewer tickets than asked
    for, and still have a next.
    """
    items: list[dict[str, Any]] = []
    computed = 0
    following: str | None = after
    for _ in range(LOOKS):
        if following is None or computed >= SCANNED:
            break
        most = BATCH if wanted.computes else limit - len(items)
        scenes, following = await answers.search(wanted.sought, following, most)
        computed += len(scenes)
        for scene in scenes:
            document = scene.status(terms_ready=terms_ready)
            if wanted.takes(scene, document):
                items.append(document)
            if len(items) == limit:
                ended = scene is scenes[-1] and following is None
                return items, None if ended else scene.ticket_id
    return items, following
