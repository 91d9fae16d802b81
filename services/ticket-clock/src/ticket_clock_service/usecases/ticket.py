"""One ticket, reconciled in memory: fold, compare with the ledger, say what to write."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ticket_clock_service.domain.changes import Change, changes
from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.fold import advancing, judged, next_due, refolded, steps
from ticket_clock_service.domain.ledger import NOTHING, Difference, Ledger, difference
from ticket_clock_service.domain.picture import BLANK, Picture
from ticket_clock_service.domain.rulebook import Rulebook

HOLD_US = 1_000_000
"""Microseconds until a ticket whose announcements are held for want of terms is looked at again."""


class Known(Struct, frozen=True, gc=False):
    """What is known of a ticket before.

    Attributes:
        picture: as stored; None for a ticket never folded.
        ledger: what has been told.
        history: all its facts, if it must be folded anew; None if the picture may be continued.
        news: the facts that are new; part of *history* where that is given.
    """

    picture: Picture | None
    ledger: Ledger
    history: Sequence[AnyFact] | None
    news: Sequence[AnyFact]


class Judgement(Struct, frozen=True, gc=False):
    """From where a ticket is judged. Instants in microseconds since 1970.

    Attributes:
        now: the database's clock, read under the ticket's lock.
        noticed: when what is found out now counts as known; later than all that was before.
        until: announce what time alone has crossed before this instant; None announces only what
            a later fact proves.
        announces: False while terms are still being read, or while the ticket's import runs.
        looks_again: while nothing is announced: when to look again.
        historical_before: crossings before it notify nobody.
        provisional: judged at now although older messages are unprocessed.
    """

    now: int
    noticed: int
    until: int | None
    announces: bool
    looks_again: int
    historical_before: int
    provisional: bool


class Outcome(Struct, frozen=True, gc=False):
    """What reconciling came to.

    Attributes:
        picture: to be stored.
        next_due: when to reconcile next if nothing happens; None: nothing can happen.
        difference: what is told of crossings.
        changes: what is published, in order.
        view: the picture with every crossing that has been told, for the row's columns.
    """

    picture: Picture
    next_due: int | None
    difference: Difference
    changes: tuple[Change, ...]
    view: Picture


def reconciled(known: Known, rulebook: Rulebook, judgement: Judgement) -> Outcome:
    """Bring one ticket up to what is known of it. Pure."""
    pictures = _pictures(known, rulebook)
    picture = pictures[-1] if pictures else known.picture or BLANK
    if judgement.until is not None:
        pictures += [step.picture for step in advancing(picture, rulebook, judgement.until)]
        picture = pictures[-1] if pictures else picture
    ledger = known.ledger
    standing_at = max(ledger.horizon, judgement.now)
    standing = judged(_advanced(picture, rulebook, standing_at), rulebook, standing_at)
    view = picture if judgement.until is None else judged(picture, rulebook, judgement.until)
    told = NOTHING
    if judgement.announces:
        told = difference(
            ledger,
            announce=view,
            standing=standing,
            noticed_at=judgement.noticed,
            historical_before=judgement.historical_before,
            provisional=judgement.provisional,
        )
    published = changes(known.picture, pictures, standing, told, ledger)
    after = ledger.after(told)
    told_view = judged(picture, rulebook, max(after.horizon, judgement.until or 0))
    due = next_due(view, rulebook)
    if not judgement.announces:
        due = judgement.looks_again
    return Outcome(picture, due, told, published, told_view)


def _pictures(known: Known, rulebook: Rulebook) -> list[Picture]:
    """What has become of the ticket since: one picture a step, or one for all if folded anew."""
    if known.history is not None:
        return [refolded(known.history, rulebook, known.picture)]
    return [step.picture for step in steps(known.picture or BLANK, known.news, rulebook)]


def _advanced(picture: Picture, rulebook: Rulebook, until: int) -> Picture:
    taken = advancing(picture, rulebook, until)
    return taken[-1].picture if taken else picture
