"""Reconcile: the only writer of clocks.

Facts, due instants, new terms and rebuilds all end here, in batches. A batch is about a dozen
statements, whatever its size and however many tenants it holds: lock the tickets, read what is
needed under the locks, fold in memory, write the difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import structlog

from slaclock.contracts.canonical import canonical_plain
from slaclock.contracts.instants import to_us
from slaclock.errors import Refusal
from ticket_clock_service.domain.audit import because_of_facts, because_of_somebody
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.ledger import NOTHING_TOLD, Ledger
from ticket_clock_service.domain.picture import Picture
from ticket_clock_service.ports import Key, Reported, Ticket, Work
from ticket_clock_service.usecases.admission import (
    Refused,
    admitted,
    at_odds,
    fault_of_overfull,
    is_overfull,
    overfull,
)
from ticket_clock_service.usecases.batch import FACTS, REBUILD, TERMS, Batch, Cause, Moment
from ticket_clock_service.usecases.importing import (
    completes_import,
    go_on_importing,
    hold,
    was_imported,
)
from ticket_clock_service.usecases.intake import conflict
from ticket_clock_service.usecases.rulebooks import Rulebooks
from ticket_clock_service.usecases.stored import Recent, reported_fact, stored_fact, stored_picture
from ticket_clock_service.usecases.ticket import HOLD_US, Judgement, Known, reconciled
from ticket_clock_service.usecases.writing import Writer

log = structlog.get_logger(__name__)

Begin: TypeAlias = Callable[[Collection[str]], AbstractAsyncContextManager[Work]]


_NOBODY: Final[Mapping[Key, bytes]] = MappingProxyType({})

_OPENING: Final = "opened"
"""The kind of fact that makes a ticket."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What folding tickets anew came to.

    Attributes:
        tickets: how many were folded.
        changed: those whose clocks, or what was told of them, were not what their facts say.
        faulted: those whose fold fails.
    """

    tickets: int
    changed: tuple[Key, ...]
    faulted: tuple[Key, ...]


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
        self._recent = Recent()

    async def take_facts(self, facts: Sequence[Reported], durable: str) -> int:
        """Keep facts and reconcile their tickets; answers how many facts are new.

        Facts that contradict a stored one, or lie in the future, are parked in the same
        transaction. Those of tickets that another replica has in hand, or that nobody has opened
        yet, follow in a transaction of their own, so that they do not hold up all the others.
        """
        keys = {fact.key for fact in facts}
        async with self._begin({tenant for tenant, _ in keys}) as work:
            new = {fact.key for fact in facts if fact.kind == _OPENING}
            tickets = await work.claim(keys, new)
            left = keys.difference([ticket.key for ticket in tickets])
            taken = [fact for fact in facts if fact.key not in left] if left else facts
            fresh = await self._keep_or_park(work, taken, tickets, durable)
        if left:
            async with self._begin({tenant for tenant, _ in left}) as work:
                tickets = await work.lock(left, create=True)
                taken = [fact for fact in facts if fact.key in left]
                fresh += await self._keep_or_park(work, taken, tickets, durable)
        return fresh

    async def take_again(self, fact: Reported) -> None:
        """Keep a fact that had been parked, and reconcile its ticket.

        Raises:
            Refusal: what it would be parked for again; nothing is kept.
        """
        async with self._begin({fact.tenant}) as work:
            tickets = await work.lock({fact.key}, create=True)
            _, refused = await self._keep(work, [fact], tickets)
            for _, why in refused:
                raise why

    async def _keep_or_park(
        self, work: Work, facts: Sequence[Reported], tickets: Sequence[Ticket], durable: str
    ) -> int:
        """Keep facts of locked *tickets* or park them; answers how many are new."""
        if not facts:
            return 0
        fresh, refused = await self._keep(work, facts, tickets)
        found = [(fact.message, why) for fact, why in refused if fact.message is not None]
        if found:
            await work.park(durable, found)
        return fresh

    async def _keep(
        self, work: Work, facts: Sequence[Reported], tickets: Sequence[Ticket]
    ) -> tuple[int, Refused]:
        """Store the facts of locked *tickets*, and reconcile these."""
        by_key = {ticket.key: ticket for ticket in tickets}
        now, revisions = await work.now_and_terms({tenant for tenant, _ in by_key})
        good, repeated, refused = await admitted(work, facts, by_key, now)
        recorded_at = {key: _recorded(ticket, now) for key, ticket in by_key.items()}
        fresh, contradicting = await work.keep_facts(good, recorded_at)
        refused += [(fact, conflict(fact)) for fact in contradicting]
        if repeated:
            refused += await at_odds(work, repeated, fresh)
        touched: dict[Key, list[Reported]] = defaultdict(list)
        for fact in fresh:
            touched[fact.key].append(fact)
        for key, news in touched.items():
            _noted(by_key[key], news, recorded_at[key], now)
        changed = [by_key[key] for key in sorted(touched)]
        new = {key: [reported_fact(one) for one in news] for key, news in touched.items()}
        because = {key: _because(news) for key, news in touched.items()}
        await self._reconcile(work, changed, Moment(now, revisions), FACTS, new, because)
        if full := overfull(refused, by_key):
            writer = Writer("fault")
            for ticket in full:
                log.error("ticket_overfull", tenant=ticket.tenant_id, ticket=ticket.ticket_id)
                writer.close(ticket, fault_of_overfull(), revisions[ticket.tenant_id])
            await _save(work, writer)
        return len(fresh), refused

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

    async def rebuild(self, keys: Collection[Key], by: str = "somebody") -> Rebuilt:
        """Fold tickets anew from their facts; what was stored or told otherwise is corrected.

        Waits for whoever holds a ticket: each one named is folded. *by* is who ordered it.
        """
        ordered = canonical_plain(because_of_somebody(by))
        tenants = {tenant for tenant, _ in keys}
        async with self._begin(tenants) as work:
            tickets = await work.lock(keys, create=False, wait=True)
            now, revisions = await work.now_and_terms(tenants)
            before = {ticket.key: ticket.revision for ticket in tickets}
            because = {ticket.key: ordered for ticket in tickets}
            await self._reconcile(work, tickets, Moment(now, revisions), REBUILD, {}, because)
            changed = [one.key for one in tickets if one.revision != before[one.key]]
            faulted = [one.key for one in tickets if one.fault is not None]
        return Rebuilt(len(tickets), tuple(changed), tuple(faulted))

    async def give_up(self, key: Key, error: Exception) -> None:
        """Mark a ticket that cannot be written as faulted, so that it is in nobody's way.

        It keeps its facts and its last good state; its next facts, or new terms, try again.
        """
        async with self._begin({key[0]}) as work:
            tickets = await work.lock([key], create=False)
            _, revisions = await work.now_and_terms({key[0]})
            writer = Writer("fault")
            for ticket in tickets:
                writer.fault(ticket, error, revisions[key[0]])
            await _save(work, writer)

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

    async def _reconcile(  # noqa: PLR0913, PLR0917  the parts of one transaction
        self,
        work: Work,
        tickets: Sequence[Ticket],
        moment: Moment,
        cause: Cause,
        news: Mapping[Key, Sequence[AnyFact]],
        because: Mapping[Key, bytes] = _NOBODY,
    ) -> None:
        if not tickets:
            return
        rulebooks = await self._rulebooks.each(work, moment.revisions)
        ledgers = await work.ledger([ticket.key for ticket in tickets])
        if cause.judges:
            await go_on_importing(work, tickets, moment.now)
        writer = Writer(cause.name, because, spelled=self._recent.keep)
        usual = self._judgement(moment, cause, moment.now)
        batch = Batch(moment, cause, rulebooks, ledgers, news, writer, usual)
        anew: dict[Key, tuple[Ticket, Picture | None]] = {}
        for ticket in tickets:  # one after the other, so that little is held at a time
            if is_overfull(ticket):
                batch.leave(ticket)
                continue
            picture = self._recent.take(ticket.key, ticket.state) or stored_picture(ticket)
            if batch.begins_anew(ticket, picture):
                anew[ticket.key] = ticket, picture
            else:
                self._bring_up(batch, ticket, picture, None)
        if anew:
            histories = await work.history(anew)
            for key, (ticket, picture) in anew.items():
                self._bring_up(batch, ticket, picture, histories.get(key, ()))
        await _save(work, batch.writer)

    def _bring_up(
        self,
        batch: Batch,
        ticket: Ticket,
        picture: Picture | None,
        history: Sequence[Mapping[str, Any]] | None,
    ) -> None:
        """Fold one ticket, and write what that changes; *history* only where it is folded anew."""
        key, moment, cause, writer = ticket.key, batch.moment, batch.cause, batch.writer
        news = batch.news.get(key)
        rulebook = batch.rulebooks[ticket.tenant_id]
        revision = moment.revisions[ticket.tenant_id]
        completed = cause.judges and completes_import(ticket, moment.now)
        recorded_at = ticket.recorded_at if news is not None else None
        recorded_at = recorded_at or _recorded(ticket, moment.now)
        if isinstance(rulebook, Refusal):
            log.error("terms_unusable", tenant=ticket.tenant_id, reason=str(rulebook))
            writer.fault(ticket, rulebook, revision)
            return
        try:
            known = _known(picture, batch.ledgers.get(key), history, news)
            judgement = batch.usual
            if recorded_at is not moment.now or was_imported(ticket):
                judgement = self._judgement(moment, cause, recorded_at, ticket)
            outcome = reconciled(known, rulebook, judgement)
            writer.add(
                ticket,
                outcome,
                rulebook,
                revision,
                recorded_at,
                before=picture,
                touched=completed or news is not None,
            )
        except Exception as error:
            log.exception("ticket_faulted", tenant=ticket.tenant_id, ticket=ticket.ticket_id)
            writer.fault(ticket, error, revision)

    def _judgement(
        self, moment: Moment, cause: Cause, recorded_at: datetime, ticket: Ticket | None = None
    ) -> Judgement:
        """From where *ticket*, or one never imported, is judged, and whether it may announce."""
        now = to_us(moment.now)
        importing = None if ticket is None else ticket.importing_until
        historical = None if ticket is None else ticket.historical_until
        until = None
        if cause.judges:
            until = now if cause.horizon is None else min(now, to_us(cause.horizon))
        return Judgement(
            now=now,
            noticed=to_us(recorded_at),
            until=until,
            announces=self._terms_ready() and importing is None,
            looks_again=now + HOLD_US if importing is None else to_us(importing),
            historical_before=0 if historical is None else to_us(historical) + 1,
            provisional=cause.provisional,
        )


def _known(
    picture: Picture | None,
    ledger: Ledger | None,
    history: Sequence[Mapping[str, Any]] | None,
    news: Sequence[AnyFact] | None,
) -> Known:
    facts = None if history is None else [stored_fact(row) for row in history]
    return Known(picture, ledger or NOTHING_TOLD, facts, news or ())


async def _save(work: Work, writer: Writer) -> None:
    await work.save(
        writer.tickets,
        revisions=writer.revisions,
        announced=writer.announced,
        amended=writer.amended,
        outgoing=writer.outgoing,
    )
    await work.note_unbound(writer.unbound, writer.healed)


def _because(news: Sequence[Reported]) -> bytes:
    """The facts that changed a ticket, for the audit, in the order in which they take effect."""
    ordered = news
    if len(news) > 1:
        ordered = sorted(news, key=attrgetter("at_us", "sequence", "source", "event_id"))
    return canonical_plain(
        because_of_facts(
            [(f.kind, f.source, f.event_id, f.at_us, f.data.get("person")) for f in ordered]
        )
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
    hold(ticket, news, now)
