"""The tickets of one transaction, and why they are reconciled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from slaclock.errors import Refusal
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import continues
from ticket_clock_service.domain.ledger import Ledger
from ticket_clock_service.domain.picture import BLANK, FOLD_VERSION, Picture
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.ports import Key, Ticket
from ticket_clock_service.usecases.importing import completes_import
from ticket_clock_service.usecases.ticket import Judgement
from ticket_clock_service.usecases.writing import Writer

__all__ = ["FACTS", "REBUILD", "TERMS", "Batch", "Cause", "Moment"]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why tickets are reconciled.

    Attributes:
        name: `facts`, `due`, `terms` or `rebuild`; kept with the revision.
        horizon: instant up to which crossings may be judged; None for the database's now.
        judges: announce what time alone has crossed, not only what later facts prove.
        provisional: judged at now although older messages are unprocessed.
        anew: fold from the facts even if the stored picture would do.
    """

    name: str
    judges: bool = False
    horizon: datetime | None = None
    provisional: bool = False
    anew: bool = False


FACTS: Final = Cause("facts")
TERMS: Final = Cause("terms", anew=True)
REBUILD: Final = Cause("rebuild", anew=True)


@dataclass(frozen=True, slots=True)
class Moment:
    """What was read under the locks: the database's clock (UTC), the terms' revisions by tenant."""

    now: datetime
    revisions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Batch:
    """The tickets of one transaction: what was read of them, and what is written.

    Attributes:
        news: facts that are new, by ticket.
        usual: from where a ticket is judged that was never imported, and is recorded now.
    """

    moment: Moment
    cause: Cause
    rulebooks: Mapping[str, Rulebook | Refusal]
    ledgers: Mapping[Key, Ledger]
    news: Mapping[Key, Sequence[AnyFact]]
    writer: Writer
    usual: Judgement

    def leave(self, ticket: Ticket) -> None:
        """Let a ticket that cannot be folded be: it is not behind its terms, and never due."""
        if self.cause.judges:
            completes_import(ticket, self.moment.now)
        self.writer.close(ticket, ticket.fault or "", self.moment.revisions[ticket.tenant_id])

    def begins_anew(self, ticket: Ticket, picture: Picture | None) -> bool:
        """Whether a ticket must be folded from all its facts: its stored picture will not do."""
        if self.cause.anew or ticket.fault is not None:
            return True
        if ticket.state is not None and (
            picture is None
            or ticket.fold_version != FOLD_VERSION
            or ticket.terms_revision != self.moment.revisions[ticket.tenant_id]
        ):
            return True
        return not continues(picture or BLANK, self.news.get(ticket.key, ()))
