"""Answers about tickets, computed when they are asked for: nothing derived is stored as truth."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from msgspec.structs import replace

from slaclock.contracts.instants import to_us
from slaclock.errors import Fault, Refusal
from slaclock.http.missing import NotFound
from ticket_clock_service.domain.activity import activity_entries
from ticket_clock_service.domain.explain import explain_document
from ticket_clock_service.domain.explain_text import explained_text
from ticket_clock_service.domain.fact import AnyFact, FactKey
from ticket_clock_service.domain.fold import advanced, fold, judged
from ticket_clock_service.domain.ledger import Ledger
from ticket_clock_service.domain.picture import BLANK, Picture
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.status import binding_document, fault_document, status_document
from ticket_clock_service.feed_ports import Escalated
from ticket_clock_service.ports import Reading, Sought, Ticket
from ticket_clock_service.usecases.admission import TOO_MANY
from ticket_clock_service.usecases.rulebooks import Rulebooks
from ticket_clock_service.usecases.stored import stored_fact, stored_picture

log = structlog.get_logger(__name__)

SHORT: Final = 200
"""Facts, or cycles, up to which an answer is computed at once: that takes some milliseconds."""

_RESTORE: Final = "restore it from a backup, or from the stream AGREEMENT"
_NOTHING_AGREED: Final = Rulebook.of((), {}, ready=False)


@dataclass(frozen=True, slots=True)
class Scene:
    """A ticket with all that an answer about it needs.

    Attributes:
        unusable: why nothing can be computed with the tenant's terms; None where it can.
    """

    ticket_id: str
    revision: int
    picture: Picture
    rulebook: Rulebook
    ledger: Ledger
    at: datetime
    fault: str | None = None
    unusable: Refusal | None = None

    @property
    def view(self) -> Picture:
        """The picture, judged at this scene's instant."""
        at = to_us(self.at)
        return judged(advanced(self.picture, self.rulebook, at), self.rulebook, at)

    def status(self, *, terms_ready: bool) -> dict[str, Any]:
        """The status document; of a ticket that cannot be judged, what is known without."""
        view, fault = BLANK, self.fault
        try:
            view = self.view if self.unusable is None else self._uncomputed
        except Exception as error:
            log.exception("ticket_not_judged", ticket=self.ticket_id)
            fault = fault or f"{type(error).__name__}: {error}"
        document = status_document(
            self.ticket_id,
            view,
            self.rulebook,
            self.ledger,
            as_of=to_us(self.at),
            revision=self.revision,
        )
        if self.unusable is not None:
            document["binding"] = binding_document(self.picture.binding, self.rulebook)
            document["faults"] += list(_unusable(self.unusable))
        if not terms_ready:
            document["terms"] = "pending"
        if fault is not None:
            document["faults"].append(_fault(fault))
        return document

    @property
    def _uncomputed(self) -> Picture:
        """What is known of the ticket itself: its clocks cannot be read without their terms."""
        return replace(self.picture, clocks=(), past=())


def _unusable(refusal: Refusal) -> Iterator[dict[str, Any]]:
    """Why there are no clocks, as faults of the ticket."""
    if not refusal.faults:
        yield fault_document(Fault("terms", None, str(refusal), _RESTORE, refusal.code))
    for fault in refusal.faults:
        yield fault_document(dataclasses.replace(fault, code=refusal.code))


def _fault(text: str) -> dict[str, Any]:
    """What a ticket's row says of its fault, with a code and a remedy."""
    code, _, said = text.partition(": ")
    overfull = code == TOO_MANY
    return {
        "code": "ticket.too-many-facts" if overfull else "ticket.faulted",
        "field": "",
        "value": None,
        "message": said if overfull else text,
        "remedy": "find out who sends so many (`slaclock parked list`); go on in another ticket"
        if overfull
        else "report it with the ticket's facts; `slaclock verify` shows it",
    }


@dataclass(frozen=True, slots=True)
class History:
    """A ticket as it stands, and everything that was reported of it: its story is told from these.

    Telling it takes most of a millisecond for each fact, and no connection.

    Attributes:
        recorded: when each fact was, microseconds since 1970.
    """

    scene: Scene
    facts: Sequence[AnyFact]
    recorded: Mapping[FactKey, int]

    def explained(self) -> dict[str, Any]:
        """How each clock came to what it shows."""
        return explain_document(
            self.scene.ticket_id,
            self.facts,
            self.scene.rulebook,
            self.scene.ledger,
            as_of=to_us(self.scene.at),
            revision=self.scene.revision,
            recorded=self.recorded,
        )

    def explained_in_words(self) -> str:
        """The same to read."""
        return explained_text(self.explained(), self.scene.rulebook.agreements)

    def activity(self, escalated: Iterable[Escalated] = ()) -> list[dict[str, Any]]:
        """What happened to the ticket and what it did to its clocks, oldest first."""
        return activity_entries(
            self.facts,
            self.scene.rulebook,
            self.scene.ledger,
            as_of=to_us(self.scene.at),
            recorded=self.recorded,
            escalated=escalated,
        )


class Answers:
    """Reads tickets of one tenant in one transaction.

    Args:
        work: sees that tenant.
        rulebooks: of this process.
    """

    def __init__(self, work: Reading, rulebooks: Rulebooks, tenant: str) -> None:
        self._work, self._rulebooks, self._tenant = work, rulebooks, tenant

    async def scenes(self, ticket_ids: Sequence[str]) -> list[Scene]:
        """Tickets as they stand now; those unknown are left out. Four statements at most."""
        return await self._staged(await self._work.read(self._tenant, ticket_ids))

    async def search(
        self, sought: Sought, after: str, limit: int
    ) -> tuple[list[Scene], str | None]:
        """Tickets in the order of their ids, and the id to go on behind; None at the end."""
        tickets, following = await self._work.search(self._tenant, sought, after, limit)
        return await self._staged(tickets), following

    async def scene(self, ticket_id: str, known_at: datetime | None = None) -> Scene:
        """One ticket now, or as it was known at an instant.

        What was known is what had been recorded by then: facts, terms, announcements.

        Raises:
            NotFound: the tenant has no such ticket, or had heard nothing of it by then.
        """
        if known_at is None:
            found = await self.scenes([ticket_id])
            if not found:
                raise NotFound("ticket", ticket_id)
            return found[0]
        facts = await self._work.facts_by((self._tenant, ticket_id), known_at)
        if not facts:
            raise NotFound("ticket", ticket_id)
        now, _ = await self._work.now_and_terms([self._tenant])
        at = min(known_at, now)  # nobody knows yet what will be
        rows = (await self._work.terms([self._tenant]))[self._tenant]
        rulebook = await self._rulebooks.as_known(self._work, self._tenant, rows, at)
        key = (self._tenant, ticket_id)
        ledger = _as_known((await self._work.ledger([key])).get(key, Ledger()), to_us(at))
        revision = await self._work.revision_by(key, at)
        picture = await _folded(facts, rulebook)
        return Scene(ticket_id, revision, picture, rulebook, ledger, at)

    async def history(self, ticket_id: str) -> History:
        """A ticket as it stands now, with all facts of it.

        Raises:
            NotFound: there is none.
            Refusal: nothing can be computed with its terms.
        """
        scene = await self.scene(ticket_id)
        if scene.unusable is not None:
            raise scene.unusable
        key = (self._tenant, ticket_id)
        rows = (await self._work.history([key])).get(key, [])
        facts = [stored_fact(row) for row in rows]
        arrived = (to_us(row["recorded_at"]) for row in rows)
        recorded = {fact.key: at for fact, at in zip(facts, arrived, strict=True)}
        return History(scene, facts, recorded)

    async def _staged(self, tickets: Sequence[Ticket]) -> list[Scene]:
        if not tickets:
            return []
        now, revisions = await self._work.now_and_terms([self._tenant])
        made = (await self._rulebooks.each(self._work, revisions))[self._tenant]
        unusable = made if isinstance(made, Refusal) else None
        rulebook = _NOTHING_AGREED if isinstance(made, Refusal) else made
        ledgers = await self._work.ledger([ticket.key for ticket in tickets])
        pictures = {ticket.key: stored_picture(ticket) for ticket in tickets}
        spoilt = [one.key for one in tickets if one.state and pictures[one.key] is None]
        histories = await self._work.history(spoilt) if spoilt else {}
        for key, rows in histories.items() if unusable is None else ():
            pictures[key] = fold([stored_fact(row) for row in rows], rulebook)
        return [
            Scene(
                ticket.ticket_id,
                ticket.revision,
                pictures[ticket.key] or BLANK,
                rulebook,
                ledgers.get(ticket.key, Ledger()),
                now,
                ticket.fault,
                unusable,
            )
            for ticket in tickets
        ]


async def _folded(facts: Sequence[Mapping[str, Any]], rulebook: Rulebook) -> Picture:
    """The picture of all *facts*; of many it is made beside the event loop."""

    def made() -> Picture:
        return fold([stored_fact(row) for row in facts], rulebook)

    return made() if len(facts) <= SHORT else await asyncio.to_thread(made)


def _as_known(ledger: Ledger, at: int) -> Ledger:
    """The ledger as it was at an instant: later announcements and retractions are not there."""
    return Ledger.of(
        replace(one, retracted_at=None)
        if one.retracted_at is not None and one.retracted_at > at
        else one
        for one in ledger.told
        if one.noticed_at <= at
    )
