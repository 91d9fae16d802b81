"""One step of the fold: what a fact, or an entry of the terms, does to a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from msgspec.structs import replace

from slaclock.terms import Binding, Category, Mode, Reason
from ticket_clock_service.domain import moves
from ticket_clock_service.domain.agreement import Reopen
from ticket_clock_service.domain.attributes import Attributes
from ticket_clock_service.domain.clock import Clock, aim_at, course_of
from ticket_clock_service.domain.course import Moment
from ticket_clock_service.domain.cycles import (
    FIRST,
    Now,
    Slot,
    begun,
    cycle_name,
    following,
    owned,
    promised,
    with_begun,
    with_past,
)
from ticket_clock_service.domain.fact import (
    AnyFact,
    Author,
    Deleted,
    Opened,
    Replied,
    Updated,
)
from ticket_clock_service.domain.picture import Ignored, Phase, Picture
from ticket_clock_service.domain.rulebook import Rulebook


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


def binding_of(clock: Clock, at: int, rulebook: Rulebook) -> Binding:
    """What binds *clock* by the terms that have reached it at *at*."""
    bind = rulebook.binding if clock.owner is None else rulebook.owner_binding
    return bind(clock.bound_as, opened=clock.opened, now=at)


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


def proves(picture: Picture, at: int) -> bool:
    """Whether a clock crosses something before *at*."""
    for clock in picture.clocks:  # noqa: SIM110  any() takes three times as long for two
        if clock.next_at is not None and clock.next_at < at:
            return True
    return False


def _crossed(picture: Picture, at: int, rulebook: Rulebook) -> Picture:
    """The picture with everything that was crossed before *at*, which is proved now."""
    if not proves(picture, at):
        return picture
    agreements, ticket = rulebook.agreements, picture.ticket
    clocks = tuple(
        [moves.crossed_before(clock, at, agreements, ticket) for clock in picture.clocks]
    )
    return replace(picture, clocks=clocks)


def _opened(picture: Picture, fact: Opened, rulebook: Rulebook) -> Picture:
    """The ticket begins, and with it its cycles; then what was said of it before."""
    before = {(clock.metric, clock.owner): clock for clock in picture.clocks}
    past = picture.past
    for clock in picture.clocks:
        past = with_past(past, clock)
    ticket = Attributes(**fact.fields)
    category = _category(ticket.status, fact.at, rulebook) or Category.OPEN
    now = Now(fact.key, fact.at, ticket, category, rulebook)
    cycle = FIRST if picture.opened is None else cycle_name(fact.key)
    opened = replace(
        picture,
        phase=Phase.OPEN,
        opened=fact.at,
        ticket=ticket,
        category=category,
        past=past,
        waiting=(),
        unanswered=False,
        clocks=tuple(
            begun(slot, now, cycle, before.get(slot.key))
            for slot in promised(now)
            if Moment.OPENED
            in course_of(slot.metric, slot.binding.agreement, rulebook.agreements).begins
        ),
    )
    if not category.ends:
        opened = with_begun(opened, now, Moment.OPENED, owned(now))
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
            return _updated(picture, Now(fact.key, at, ticket, category, rulebook))
        case Replied(author=Author.AGENT, public=True):
            now = Now(fact.key, at, picture.ticket, picture.category, rulebook)
            return _replied(_fulfilled(picture, now), now, Moment.ANSWERED)
        case Replied(author=Author.CUSTOMER, public=True):
            now = Now(fact.key, at, picture.ticket, picture.category, rulebook)
            return _replied(picture, now, Moment.ASKED)
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


def _updated(picture: Picture, now: Now) -> Picture:
    """Several changes at one instant: the target first, then pauses, then what ends the clock.

    What ends makes room for what begins: a ticket that changes hands, or is worked on again.
    """
    if now.ticket is picture.ticket and now.category is picture.category:
        return picture
    reopens = picture.category.ends and not now.category.ends
    after = _moved(_given_away(picture, now), now)
    if now.category.ends:
        return after
    if reopens or now.ticket.group != picture.ticket.group:
        after = with_begun(after, now, Moment.OPENED, _unmeasured(after, owned(now)))
    if reopens and picture.unanswered:
        after = with_begun(replace(after, unanswered=False), now, Moment.ASKED, promised(now))
    return after


def _moved(picture: Picture, now: Now) -> Picture:
    """The picture with every clock measured by the ticket's new priority, in its new state."""
    retargets = now.ticket.priority != picture.ticket.priority
    reopens = picture.category.ends and not now.category.ends
    past = picture.past
    clocks: list[Clock] = []
    for clock in picture.clocks:
        new = clock
        if clock.is_open:
            if retargets:
                new = _aimed(clock, now.ticket, now.at, "priority", now.rulebook)
            if now.category is not picture.category:
                new = following(new, now)
        elif reopens:
            new = _reopened(clock, now)
            if new.cycle != clock.cycle:
                past = with_past(past, clock)
        clocks.append(new)
    return replace(
        picture, ticket=now.ticket, category=now.category, clocks=tuple(clocks), past=past
    )


def _given_away(picture: Picture, now: Now) -> Picture:
    """The picture without the clocks of the group that has the ticket no more: they have ended.

    Whatever else changes at the instant, they are judged by what was agreed until then.
    """
    if now.ticket.group == picture.ticket.group:
        return picture
    past = picture.past
    kept = []
    for clock in picture.clocks:
        if clock.owner is None:
            kept.append(clock)
        else:
            past = with_past(past, _handed_over(clock, picture.ticket, now))
    return replace(picture, clocks=tuple(kept), past=past)


def _unmeasured(picture: Picture, slots: Iterable[Slot]) -> Iterator[Slot]:
    """Those of *slots* in which the ticket has had no cycle since the group has it."""
    measured = {(clock.metric, clock.owner) for clock in picture.clocks}
    return (slot for slot in slots if slot.key not in measured)


def _handed_over(clock: Clock, ticket: Attributes, now: Now) -> Clock:
    """The group that an OLA measures does not have the ticket any more: its part is done."""
    if not clock.is_open:
        return clock
    return moves.ended(clock, now.at, "handed_over", ticket, now.rulebook.agreements)


def _fulfilled(picture: Picture, now: Now) -> Picture:
    """The clocks after an agent's public reply that were waiting for one."""
    agreements = now.rulebook.agreements
    clocks = tuple(
        [
            moves.ended(clock, now.at, "replied", now.ticket, agreements)
            if clock.is_open and Moment.ANSWERED in clock.course(agreements).ends
            else clock
            for clock in picture.clocks
        ]
    )
    return replace(picture, clocks=clocks)


def _replied(picture: Picture, now: Now, moment: Moment) -> Picture:
    """The cycles that a reply begins; after the ticket's end it is only remembered."""
    if moment not in now.rulebook.begins and Moment.ASKED not in now.rulebook.begins:
        return picture
    if now.category.ends:
        unanswered = moment is Moment.ASKED
        return replace(picture, unanswered=unanswered)
    return with_begun(picture, now, moment, (*promised(now), *owned(now)))


def _reopened(clock: Clock, now: Now) -> Clock:
    """A closed clock whose ticket is worked on again: it goes on, begins anew, or stays closed.

    What a reply has fulfilled stays fulfilled, unless the clock begins with the ticket.
    """
    agreements = now.rulebook.agreements
    begins = clock.course(agreements).begins
    if Moment.OPENED not in begins and clock.reasons[-1] == "replied":
        return clock
    match clock.rules(agreements).reopen:
        case Reopen.RESUME:
            aim = aim_at(
                clock.metric, clock.binding, now.ticket.priority, now.at, "reopened", agreements
            )
            return following(moves.reopened(clock, now.at, aim, agreements), now)
        case Reopen.RESTART:
            slots = promised(now) if clock.owner is None else owned(now)
            for slot in slots:
                if slot.key == (clock.metric, clock.owner):
                    return begun(slot, now, cycle_name(now.key, clock.owner), clock)
            return clock
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
    return binding_of(clock, at, rulebook) != clock.binding


def _rebound(picture: Picture, clock: Clock, at: int, rulebook: Rulebook) -> Clock:
    if not _rebinds(clock, at, rulebook):
        return clock
    binding = binding_of(clock, at, rulebook)
    if binding.reason is Reason.PENDING:  # go on as before until what decides has arrived
        return replace(clock, binding=replace(clock.binding, missing=binding.missing))
    clock = _aimed(replace(clock, binding=binding), picture.ticket, at, "terms", rulebook)
    now = Now(("", ""), at, picture.ticket, picture.category, rulebook)
    return following(clock, now)
