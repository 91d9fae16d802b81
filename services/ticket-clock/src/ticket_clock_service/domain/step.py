"""One step of the fold: what a fact, or an entry of the terms, does to a picture."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final, assert_never

from slaclock.contracts.canonical import canonical
from slaclock.terms import Category, Mode, Reason
from ticket_clock_service.domain import moves
from ticket_clock_service.domain.agreement import Metric, Reopen
from ticket_clock_service.domain.attributes import Attributes
from ticket_clock_service.domain.clock import Clock, State, aim_at
from ticket_clock_service.domain.course import COURSES, Moment
from ticket_clock_service.domain.fact import (
    AnyFact,
    Author,
    Deleted,
    FactKey,
    Opened,
    Replied,
    Updated,
)
from ticket_clock_service.domain.picture import Ignored, Phase, Picture
from ticket_clock_service.domain.rulebook import Rulebook

FIRST: Final = "first"
"""The name of the first cycle of a metric."""


def step(picture: Picture, fact: AnyFact, rulebook: Rulebook) -> Picture:
    """The picture after *fact*, which lies at or after everything in it.

    Terms that reach open cycles before or at the fact have been taken in (`reached`) first.
    """
    if picture.phase is Phase.DELETED and not isinstance(fact, Opened):
        return replace(picture, position=fact.order)
    status = _status(fact)
    if status is not None and rulebook.terms.category(status, fact.at) is None:
        ignored = _with_ignored(picture.ignored, fact, status)
        return replace(picture, position=fact.order, ignored=ignored)
    if picture.phase is Phase.OPEN:
        picture = _crossed(picture, fact.at, rulebook)
        return replace(_applied(picture, fact, fact.at, rulebook), position=fact.order, at=fact.at)
    match fact:
        case Opened():
            return replace(_opened(picture, fact, rulebook), position=fact.order, at=fact.at)
        case Deleted():
            return replace(picture, phase=Phase.DELETED, waiting=(), position=fact.order)
        case Updated() | Replied():
            return replace(picture, waiting=(*picture.waiting, fact), position=fact.order)
        case _:
            assert_never(fact)


def reached(picture: Picture, at: int, rulebook: Rulebook) -> Picture:
    """The picture after the terms that take effect at *at*; the same object if they change nothing.

    Open cycles that began before are bound anew; of the present terms each sees what was effective
    at its opening, and what has reached open cycles since.
    """
    if not any(_rebinds(clock, at, rulebook) for clock in picture.clocks):
        return picture
    picture = _crossed(picture, at, rulebook)
    clocks = tuple([_rebound(picture, clock, at, rulebook) for clock in picture.clocks])
    return replace(picture, clocks=clocks, at=at)


def cycle_name(key: FactKey) -> str:
    """The name of a cycle after the first: 32 hex digits of the identity of what began it."""
    return hashlib.sha256(canonical(list(key))).hexdigest()[:32]


def _status(fact: AnyFact) -> str | None:
    match fact:
        case Opened(fields=fields):
            return fields.get("status")
        case Updated(changes=changes):
            return changes.get("status")
        case Replied() | Deleted():
            return None
        case _:
            assert_never(fact)


def _with_ignored(ignored: tuple[Ignored, ...], fact: AnyFact, status: str) -> tuple[Ignored, ...]:
    if any(one.status == status for one in ignored):
        return tuple(
            replace(one, count=one.count + 1) if one.status == status else one for one in ignored
        )
    return (*ignored, Ignored(status, fact.source, fact.id, fact.at))


def _crossed(picture: Picture, at: int, rulebook: Rulebook) -> Picture:
    """The picture with everything that was crossed before *at*, which is proved now."""
    if all(clock.next_at is None or clock.next_at >= at for clock in picture.clocks):
        return picture
    agreements = rulebook.agreements
    clocks = tuple([moves.crossed_before(clock, at, agreements) for clock in picture.clocks])
    return replace(picture, clocks=clocks)


def _opened(picture: Picture, fact: Opened, rulebook: Rulebook) -> Picture:
    """The ticket begins, and with it a cycle of every metric; then what was said of it before."""
    before = {clock.metric: clock for clock in picture.clocks}
    ticket = Attributes(**fact.fields)
    category = _category(ticket.status, fact.at, rulebook) or Category.OPEN
    opened = replace(
        picture,
        phase=Phase.OPEN,
        opened=fact.at,
        ticket=ticket,
        category=category,
        past=picture.past + picture.clocks,
        waiting=(),
        clocks=tuple(
            _begun(metric, fact.key, fact.at, ticket, category, before.get(metric), rulebook)
            for metric, course in COURSES.items()
            if Moment.OPENED in course.begins
        ),
    )
    for earlier in picture.waiting:
        opened = _applied(opened, earlier, fact.at, rulebook)
    return opened


def _applied(picture: Picture, fact: AnyFact, at: int, rulebook: Rulebook) -> Picture:
    """What *fact* does to an open ticket at *at*."""
    match fact:
        case Opened(fields=changes) | Updated(changes=changes):
            status = changes.get("status")
            category = _category(status, fact.at, rulebook) or picture.category
            if status is None and "status" in changes:
                changes = {name: new for name, new in changes.items() if name != "status"}
            ticket = picture.ticket.changed(changes)
            return _updated(picture, fact.key, at, ticket, category, rulebook)
        case Replied(author=Author.AGENT, public=True):
            return _fulfilled(picture, at, Moment.ANSWERED, "replied", rulebook)
        case Replied():
            return picture
        case Deleted(reason=reason):
            clocks = tuple(
                moves.ended(clock, at, reason, picture.ticket, rulebook.agreements, cancelled=True)
                if clock.is_open
                else clock
                for clock in picture.clocks
            )
            return replace(picture, phase=Phase.DELETED, clocks=clocks)
        case _:
            assert_never(fact)


def _category(status: str | None, at: int, rulebook: Rulebook) -> Category | None:
    return None if status is None else rulebook.terms.category(status, at)


def _updated(  # noqa: PLR0913, PLR0917  before and after of one instant
    picture: Picture,
    key: FactKey,
    at: int,
    ticket: Attributes,
    category: Category,
    rulebook: Rulebook,
) -> Picture:
    """Several changes at one instant: the target first, then pauses, then what ends the clock."""
    if ticket is picture.ticket and category is picture.category:
        return picture
    retargets = ticket.priority != picture.ticket.priority
    reopens = picture.category.ends and not category.ends
    past = picture.past
    clocks = []
    for clock in picture.clocks:
        new = clock
        if clock.is_open:
            if retargets:
                new = _aimed(clock, ticket, at, "priority", rulebook)
            if category is not picture.category:
                new = _following(new, category, at, ticket, rulebook)
        elif reopens:
            new = _reopened(clock, key, at, ticket, category, rulebook)
            if new.cycle != clock.cycle:
                past = (*past, clock)
        clocks.append(new)
    return replace(picture, ticket=ticket, category=category, clocks=tuple(clocks), past=past)


def _fulfilled(
    picture: Picture, at: int, moment: Moment, reason: str, rulebook: Rulebook
) -> Picture:
    clocks = tuple(
        moves.ended(clock, at, reason, picture.ticket, rulebook.agreements)
        if clock.is_open and moment in COURSES[clock.metric].ends
        else clock
        for clock in picture.clocks
    )
    return replace(picture, clocks=clocks)


def _begun(  # noqa: PLR0913, PLR0917  all that a cycle is made of
    metric: Metric,
    key: FactKey,
    at: int,
    ticket: Attributes,
    category: Category,
    before: Clock | None,
    rulebook: Rulebook,
) -> Clock:
    """A new cycle, in the state that the ticket's status asks for."""
    binding = rulebook.binding(ticket, opened=at)
    aim = aim_at(metric, binding, ticket.priority, at, "opened", rulebook.agreements)
    clock = Clock(
        metric=metric,
        cycle=FIRST if before is None else cycle_name(key),
        ordinal=1 if before is None else before.ordinal + 1,
        opened=at,
        binding=binding,
        bound_as=ticket,
        state=State.ACTIVE,
        since=at,
        reasons=(),
        aims=(aim,),
        next_at=moves.first_crossing(metric, aim, at, rulebook.agreements),
    )
    return _following(clock, category, at, ticket, rulebook)


def _following(
    clock: Clock, category: Category, at: int, ticket: Attributes, rulebook: Rulebook
) -> Clock:
    """An open clock, in the state that the ticket's status asks for."""
    agreements = rulebook.agreements
    if category.ends:
        solves = Moment.SOLVED in COURSES[clock.metric].ends
        cancelled = category is Category.CANCELLED or not solves
        return moves.ended(clock, at, category.value, ticket, agreements, cancelled=cancelled)
    if category in clock.rules(agreements).pauses:
        return moves.paused(clock, at, category.value, agreements)
    return moves.resumed(clock, at, agreements)


def _reopened(  # noqa: PLR0913, PLR0917  before and after of one instant
    clock: Clock,
    key: FactKey,
    at: int,
    ticket: Attributes,
    category: Category,
    rulebook: Rulebook,
) -> Clock:
    """A closed clock whose ticket is worked on again: it goes on, begins anew, or stays closed."""
    agreements = rulebook.agreements
    match clock.rules(agreements).reopen:
        case Reopen.RESUME:
            aim = aim_at(clock.metric, clock.binding, ticket.priority, at, "reopened", agreements)
            clock = moves.reopened(clock, at, aim, agreements)
            return _following(clock, category, at, ticket, rulebook)
        case Reopen.RESTART:
            return _begun(clock.metric, key, at, ticket, category, clock, rulebook)
        case Reopen.KEEP:
            return clock


def _aimed(clock: Clock, ticket: Attributes, at: int, cause: str, rulebook: Rulebook) -> Clock:
    agreements = rulebook.agreements
    aim = aim_at(clock.metric, clock.binding, ticket.priority, at, cause, agreements)
    binding = clock.binding
    from_start = binding.mode is Mode.FROM_START and binding.effective_from == at
    from_start = from_start and cause == "terms"
    return moves.aimed(clock, aim, agreements, from_start=from_start)


def _rebinds(clock: Clock, at: int, rulebook: Rulebook) -> bool:
    """Whether terms that take effect at *at* bind *clock* anew."""
    if not clock.is_open or clock.opened >= at:
        return False
    return rulebook.binding(clock.bound_as, opened=clock.opened, now=at) != clock.binding


def _rebound(picture: Picture, clock: Clock, at: int, rulebook: Rulebook) -> Clock:
    if not _rebinds(clock, at, rulebook):
        return clock
    binding = rulebook.binding(clock.bound_as, opened=clock.opened, now=at)
    if binding.reason is Reason.PENDING:  # go on as before until what decides has arrived
        return replace(clock, binding=replace(clock.binding, missing=binding.missing))
    clock = _aimed(replace(clock, binding=binding), picture.ticket, at, "terms", rulebook)
    return _following(clock, picture.category, at, picture.ticket, rulebook)
