"""What lies in the database, as the domain knows it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import structlog

from ticket_clock_service.domain.codec import picture_of
from ticket_clock_service.domain.fact import AnyFact, fact_of
from ticket_clock_service.domain.picture import Picture
from ticket_clock_service.ports import Key, Reported, Ticket

log = structlog.get_logger(__name__)

MOST_RECENT: Final = 2_000
"""Pictures that a process remembers, at most: about 7 KiB each."""

SMALL: Final = 4_096
"""Bytes that the state of a remembered picture has, at most."""


class Recent:
    """Pictures that this process has spelled lately, by their tickets, with their bytes.

    A picture follows from its bytes alone, so whatever else happens to a row, and whoever else
    writes it, what is found here is what reading them would give.
    """

    def __init__(self) -> None:
        self._pictures: OrderedDict[Key, tuple[bytes, Picture]] = OrderedDict()

    def keep(self, key: Key, state: bytes, picture: Picture) -> None:
        """Remember a ticket's *picture*, spelled *state*; forget the one kept the longest ago."""
        if len(state) <= SMALL:
            self._pictures[key] = state, picture
            if len(self._pictures) > MOST_RECENT:
                self._pictures.popitem(last=False)

    def take(self, key: Key, state: bytes | None) -> Picture | None:
        """The picture of a ticket that is spelled *state*; None if it is not here.

        It is not kept any longer: the row will change, or it would not have been locked.
        """
        kept = self._pictures.pop(key, None)
        return kept[1] if kept is not None and kept[0] == state else None


def stored_picture(ticket: Ticket) -> Picture | None:
    """The picture in a row; None before the first fold, and for one that cannot be read."""
    return picture_in(ticket.state, ticket.tenant_id, ticket.ticket_id)


def picture_in(state: bytes | None, tenant: str, ticket_id: str) -> Picture | None:
    """The picture that is stored as *state*; None before the first fold, and if it is unreadable.

    Another version of the fold has made such a one, or something has spoilt it: the ticket is
    folded from its facts.
    """
    if state is None:
        return None
    try:
        return picture_of(state)
    except ValueError as error:
        log.warning(
            "picture_unreadable",
            tenant=tenant,
            ticket=ticket_id,
            reason=f"{type(error).__name__}: {error}",
        )
        return None


def reported_fact(reported: Reported) -> AnyFact:
    """A fact as it was reported."""
    return fact_of(
        reported.kind,
        reported.data,
        source=reported.source,
        id=reported.event_id,
        at=reported.at_us,
        sequence=reported.sequence,
        imported=reported.origin == "import",
    )


def stored_fact(row: Mapping[str, Any]) -> AnyFact:
    """A fact out of its row."""
    return fact_of(
        row["kind"],
        row["data"],
        source=row["source"],
        id=row["event_id"],
        at=row["at_us"],
        sequence=row["sequence"],
        imported=row["origin"] == "import",
    )
