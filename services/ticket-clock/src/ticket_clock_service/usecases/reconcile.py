"""Reconcile: the only writer of clocks.

Facts, due instants, new terms and rebuilds all end here, in batches. A batch is about a dozen
statements, whatever its size and however many tenants it holds: lock the tickets, read what is
needed under the locks, fold in memory, write the difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import structlog

from slaclock.contracts.instants import from_us, rfc3339, to_us
from slaclock.errors import Fault, Refusal
from ticket_clock_service.domain.codec import picture_of
from ticket_clock_service.domain.fact import AnyFact, fact_of
from ticket_clock_service.domain.fold import continues
from ticket_clock_service.domain.ledger import Ledger
from ticket_clock_service.domain.picture import BLANK, FOLD_VERSION, Picture
from ticket_clock_service.ports import Key, Reported, Ticket, Work
from ticket_clock_service.usecases.intake import AHEAD, conflict
from ticket_clock_service.usecases.rulebooks import Rulebooks
from ticket_clock_service.usecases.ticket import HOLD_US, Judgement, Known, reconciled
from ticket_clock_service.usecases.writing import Writer

log = structlog.get_logger(__name__)

QUIET = timedelta(seconds=30)
"""Without a further imported fact for so long, a ticket's import counts as complete."""

MOST_FACTS = 10_000
"""Facts of one ticket; beyond them it is faulted and takes no more."""

Begin: TypeAlias = Callable[[Collection[str]], AbstractAsyncContextManager[Work]]


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


@dataclass(frozen=True, slots=True)
class Moment:
    """What was read under the locks: the database's clock (UTC), the terms' revisions by tenant."""

    now: datetime
    revisions: Mapping[str, int]


FACTS = Cause("facts")
TERMS = Cause("terms", anew=True)


class Reconciler:
    """Brings tickets up to what is known of them.

    Args:
        begin: opens a transaction for tenants.
        rulebooks: of this process.
        terms_ready: whether every message about terms has been read once since the start; nothing
            is announced before.
    """

    def __init__(self, begin: Begin, rulebooks: Rulebooks, terms_ready: Callable[[], bool]) -> None:
        self._begin, self._rulebooks, self._terms_ready = begin, rulebooks, terms_ready

    async def take_facts(self, facts: Sequence[Reported], durable: str) -> int:
        """Keep facts and reconcile their tickets; answers how many facts are new.

        Facts that contradict a stored one, or lie in the future, are parked in the same
        transaction.
        """
        async with self._begin({fact.tenant for fact in facts}) as work:
            tickets = await work.lock({fact.key for fact in facts}, create=True)
            now, revisions = await work.now_and_terms({fact.tenant for fact in facts})
            by_key = {ticket.key: ticket for ticket in tickets}
            good, parked = _sorted_out(facts, by_key, now)
            recorded_at = {key: _recorded(ticket, now) for key, ticket in by_key.items()}
            fresh, contradicting = await work.keep_facts(good, recorded_at)
            parked += [(fact, conflict(fact)) for fact in contradicting]
            await _park(work, durable, parked)
            touched: dict[Key, list[Reported]] = defaultdict(list)
            for fact in fresh:
                touched[fact.key].append(fact)
            for key, news in touched.items():
                _noted(by_key[key], news, recorded_at[key], now)
            changed = [by_key[key] for key in sorted(touched)]
            new = {key: [_reported_fact(one) for one in news] for key, news in touched.items()}
            await self._reconcile(work, changed, Moment(now, revisions), FACTS, new)
            return len(fresh)

    async def judge(
        self, keys: Collection[Key], horizon: datetime | None, *, provisional: bool
    ) -> int:
        """Judge tickets whose instant has come, unless somebody else holds them.

        Answers how many were judged.
        """
        cause = Cause("due", judges=True, horizon=horizon, provisional=provisional)
        return await self._background(keys, cause)

    async def catch_up(self, keys: Collection[Key]) -> int:
        """Reconcile tickets that are behind their terms; answers how many."""
        return await self._background(keys, TERMS)

    async def rebuild(self, keys: Collection[Key]) -> int:
        """Fold tickets anew from their facts; answers how many."""
        return await self._background(keys, Cause("rebuild", anew=True))

    async def _background(self, keys: Collection[Key], cause: Cause) -> int:
        tenants = {tenant for tenant, _ in keys}
        async with self._begin(tenants) as work:
            tickets = await work.lock(keys, create=False)
            now, revisions = await work.now_and_terms(tenants)
            if cause.judges:
                until = now if cause.horizon is None else min(now, cause.horizon)
                tickets = [t for t in tickets if t.next_due_at and t.next_due_at <= until]
            await self._reconcile(work, tickets, Moment(now, revisions), cause, {})
            return len(tickets)

    async def _reconcile(
        self,
        work: Work,
        tickets: Sequence[Ticket],
        moment: Moment,
        cause: Cause,
        news: Mapping[Key, Sequence[AnyFact]],
    ) -> None:
        if not tickets:
            return
        rulebooks = await self._rulebooks.of(work, moment.revisions)
        ledgers = await work.ledger([ticket.key for ticket in tickets])
        pictures = {t.key: None if t.state is None else picture_of(t.state) for t in tickets}
        histories = await _histories(work, tickets, pictures, moment, cause, news)
        writer = Writer(moment.now, cause.name)
        for ticket in tickets:
            key = ticket.key
            rulebook = rulebooks[ticket.tenant_id]
            revision = moment.revisions[ticket.tenant_id]
            known = Known(
                pictures[key], ledgers.get(key, Ledger()), histories.get(key), news.get(key, ())
            )
            completed = cause.judges and _completes_import(ticket, moment.now)
            judgement = self._judgement(ticket, moment, cause)
            try:
                outcome = reconciled(known, rulebook, judgement)
                touched = completed or key in news
                writer.add(ticket, outcome, rulebook, revision, touched=touched)
            except Exception as error:
                log.exception("ticket_faulted", tenant=ticket.tenant_id, ticket=ticket.ticket_id)
                writer.fault(ticket, error, revision)
        await work.save(
            writer.tickets,
            revisions=writer.revisions,
            announced=writer.announced,
            amended=writer.amended,
            outgoing=writer.outgoing,
        )

    def _judgement(self, ticket: Ticket, moment: Moment, cause: Cause) -> Judgement:
        """From where this ticket is judged, and whether it may announce anything."""
        now = to_us(moment.now)
        importing = ticket.importing_until is not None
        looks_again = now + HOLD_US
        if ticket.importing_until is not None:
            looks_again = to_us(ticket.importing_until)
        historical = ticket.historical_until
        until = None
        if cause.judges:
            until = now if cause.horizon is None else min(now, to_us(cause.horizon))
        return Judgement(
            now=now,
            until=until,
            announces=self._terms_ready() and not importing,
            looks_again=looks_again,
            historical_before=0 if historical is None else to_us(historical) + 1,
            provisional=cause.provisional,
        )


async def _histories(  # noqa: PLR0913, PLR0917 - the parts of one transaction
    work: Work,
    tickets: Sequence[Ticket],
    pictures: Mapping[Key, Picture | None],
    moment: Moment,
    cause: Cause,
    news: Mapping[Key, Sequence[AnyFact]],
) -> dict[Key, list[AnyFact]]:
    """All facts of the tickets that cannot be continued, in one statement."""
    anew = [
        ticket.key
        for ticket in tickets
        if cause.anew
        or ticket.fault is not None
        or (pictures[ticket.key] is not None and not _current(ticket, moment))
        or not continues(pictures[ticket.key] or BLANK, news.get(ticket.key, ()))
    ]
    if not anew:
        return {}
    rows = await work.history(anew)
    return {key: [stored_fact(row) for row in rows.get(key, ())] for key in anew}


def _reported_fact(reported: Reported) -> AnyFact:
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
    """A fact as it lies in the database."""
    return fact_of(
        row["kind"],
        row["data"],
        source=row["source"],
        id=row["event_id"],
        at=row["at_us"],
        sequence=row["sequence"],
        imported=row["origin"] == "import",
    )


def _current(ticket: Ticket, moment: Moment) -> bool:
    """Whether the stored picture was made by this fold, of these terms."""
    made = (ticket.terms_revision, ticket.fold_version)
    return made == (moment.revisions[ticket.tenant_id], FOLD_VERSION)


def _sorted_out(
    facts: Sequence[Reported], tickets: Mapping[Key, Ticket], now: datetime
) -> tuple[list[Reported], list[tuple[Reported, Refusal]]]:
    """Facts to keep, each identity once, and those to park with the reason."""
    good: dict[tuple[str, str, bytes], Reported] = {}
    parked: list[tuple[Reported, Refusal]] = []
    room = {key: MOST_FACTS - ticket.fact_count for key, ticket in tickets.items()}
    for fact in facts:
        first = good.setdefault(fact.identity, fact)
        if first is not fact:
            if first.content_hash != fact.content_hash:
                parked.append((fact, conflict(fact)))
            continue
        refusal = _untimely(fact, now)
        if refusal is None and room[fact.key] <= 0:
            refusal = Refusal(
                f"{fact.ticket_id} has {MOST_FACTS} facts already", code="fact.too-many"
            )
        if refusal is not None:
            del good[fact.identity]
            parked.append((fact, refusal))
            continue
        room[fact.key] -= 1
    return list(good.values()), parked


def _untimely(fact: Reported, now: datetime) -> Refusal | None:
    if fact.at_us <= to_us(now + AHEAD):
        return None
    return Refusal(
        code="fact.in-future",
        faults=[
            Fault(
                "time",
                rfc3339(from_us(fact.at_us)),
                f"more than 5 minutes ahead of the platform's clock ({rfc3339(now)})",
                "send the instant at which it happened; check the sender's clock and time zone",
                "fact.in-future",
            )
        ],
    )


def _recorded(ticket: Ticket, now: datetime) -> datetime:
    """When facts of this batch count as recorded: it grows, even if a clock is set back."""
    if ticket.recorded_at is None or ticket.recorded_at < now:
        return now
    return ticket.recorded_at + timedelta(microseconds=1)


def _noted(ticket: Ticket, news: Sequence[Reported], recorded_at: datetime, now: datetime) -> None:
    """What new facts change of the row itself."""
    ticket.fact_count += len(news)
    ticket.recorded_at = recorded_at
    imported = [fact for fact in news if fact.origin == "import"]
    if imported:
        ticket.import_id = imported[-1].correlation_id
        ticket.importing_until = now + QUIET


def _completes_import(ticket: Ticket, now: datetime) -> bool:
    """End the ticket's import if its time is over; what was crossed up to now is history."""
    if ticket.importing_until is None or ticket.importing_until > now:
        return False
    ticket.importing_until = None
    ticket.historical_until = now
    return True


async def _park(work: Work, durable: str, parked: Iterable[tuple[Reported, Refusal]]) -> None:
    found = [(fact.message, refusal) for fact, refusal in parked if fact.message is not None]
    if found:
        await work.park(durable, found)
