"""The fold: from facts and terms to a picture, and from a picture to what it says at an instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from ticket_clock_service.domain.fact import AnyFact
from ticket_clock_service.domain.moves import crossed_before
from ticket_clock_service.domain.picture import BLANK, Phase, Picture
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.step import proves, reached, step


class Step(Struct, frozen=True, gc=False):
    """One thing that happened, and the picture after it.

    Attributes:
        cause: the fact; None where terms took effect on their own.
        at: when it happened, microseconds since 1970.
    """

    cause: AnyFact | None
    at: int
    picture: Picture


def fold(facts: Iterable[AnyFact], rulebook: Rulebook, judged_at: int | None = None) -> Picture:
    """The picture that *facts*, in any order and however often repeated, give.

    Args:
        facts: everything that was reported about one ticket.
        rulebook: the tenant's terms, and at least the agreements that they name.
        judged_at: also take in what terms and time alone do before this instant; None judges
            nothing beyond the last fact.
    """
    picture = continued(BLANK, facts, rulebook)
    if judged_at is None:
        return picture
    return judged(advanced(picture, rulebook, judged_at), rulebook, judged_at)


def continued(picture: Picture, facts: Iterable[AnyFact], rulebook: Rulebook) -> Picture:
    """The picture after more facts, for which `continues` is true: the same as folding all."""
    for taken in steps(picture, facts, rulebook):
        picture = taken.picture
    return picture


def refolded(facts: Iterable[AnyFact], rulebook: Rulebook, before: Picture | None) -> Picture:
    """The picture of all *facts*, advanced as far as the one that was stored *before*.

    Otherwise terms that had taken effect on their own would seem to be undone by a late fact.
    """
    picture = continued(BLANK, facts, rulebook)
    return picture if before is None else advanced(picture, rulebook, before.at)


def continues(picture: Picture, facts: Iterable[AnyFact]) -> bool:
    """Whether *facts* lie after all that is in *picture*, so that it may be continued."""
    position = picture.position
    for fact in facts:
        if (position is not None and fact.order <= position) or fact.at < picture.at:
            return False
    return True


def steps(picture: Picture, facts: Iterable[AnyFact], rulebook: Rulebook) -> Iterator[Step]:
    """What happens to *picture*, one step after the other: facts, and terms between them.

    Repeated facts count once. Facts without an effect are steps, too: the position moves.
    """
    for fact in _in_order(facts):
        for taken in _terms_until(picture, rulebook, fact.at):
            picture = taken.picture
            yield taken
        picture = step(picture, fact, rulebook)
        yield Step(fact, fact.at, picture)


def advanced(picture: Picture, rulebook: Rulebook, until: int) -> Picture:
    """The picture after all terms that take effect on their own by *until*."""
    for taken in _terms_until(picture, rulebook, until):
        picture = taken.picture
    return picture


def advancing(picture: Picture, rulebook: Rulebook, until: int) -> Sequence[Step]:
    """The steps of `advanced`; none if no open clock is concerned."""
    return tuple(_terms_until(picture, rulebook, until))


def judged(picture: Picture, rulebook: Rulebook, at: int) -> Picture:
    """What an advanced *picture* says at an instant if nothing else is reported before it.

    A view: not to be stored, not to be continued. A threshold is crossed before *at*, not at it.
    """
    if not proves(picture, at):
        return picture
    agreements, ticket = rulebook.agreements, picture.ticket
    clocks = tuple([crossed_before(clock, at, agreements, ticket) for clock in picture.clocks])
    if all(new is old for new, old in zip(clocks, picture.clocks, strict=True)):
        return picture
    return replace(picture, clocks=clocks)


def next_due(view: Picture, rulebook: Rulebook) -> int | None:
    """When to judge again: the first microsecond at which something will have changed by itself.

    That is one beyond the nearest uncrossed threshold of a clock, or the instant at which terms
    reach it; None if only a fact can change anything.
    """
    instants = [clock.next_at + 1 for clock in view.clocks if clock.next_at is not None]
    if view.running:
        for at in rulebook.reaching(view.at):
            if instants and at >= min(instants):
                break
            if reached(view, at, rulebook) is not view:
                instants.append(at)
                break
    return min(instants, default=None)


def _in_order(facts: Iterable[AnyFact]) -> Sequence[AnyFact]:
    """Each fact once, in the one order in which facts take effect."""
    facts = tuple(facts)
    if len(facts) < 2:
        return facts
    unique = {fact.key: fact for fact in facts}
    return sorted(unique.values(), key=attrgetter("order"))


def _terms_until(picture: Picture, rulebook: Rulebook, until: int) -> Iterable[Step]:
    if picture.phase is not Phase.OPEN:
        return ()
    instants = rulebook.reaching(picture.at, until)
    return _taking(picture, rulebook, instants) if instants else ()


def _taking(picture: Picture, rulebook: Rulebook, instants: Iterable[int]) -> Iterator[Step]:
    for at in instants:
        after = reached(picture, at, rulebook)
        if after is not picture:
            picture = after
            yield Step(None, at, picture)
