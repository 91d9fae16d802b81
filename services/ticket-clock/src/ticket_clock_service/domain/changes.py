"""What to publish: how a ticket's clocks came from what was told to what is true now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from slaclock.terms import Binding, Category, Reason
from ticket_clock_service.domain.attributes import NOTHING_KNOWN, Attributes
from ticket_clock_service.domain.clock import Aim, Clock, Crossing, State
from ticket_clock_service.domain.ledger import (
    Announcement,
    ClockKey,
    Difference,
    Key,
    Ledger,
    key_of,
)
from ticket_clock_service.domain.picture import BLANK, Picture
from ticket_clock_service.domain.turns import CORRECTED, ChangeKind, Turn, turns

__all__ = ["Change", "ChangeKind", "changes"]


class Change(Struct, frozen=True, gc=False):
    """One event about one clock.

    Attributes:
        at: the computed instant, microseconds since 1970.
        clock: the complete clock after the change, with the crossings that have been told.
        ticket: the ticket's fields then; those of its end for a closed clock.
        category: what the ticket's status means then.
        standing: the announcements of this clock that stand after it.
        announcement: what is announced, retracted or corrected; None for other changes.
        reason: why, in one word: `priority`, `terms`, `attributes`, `corrected`, `ended` (late),
            a status category, `replied`, `deleted`, the reason of a binding ...
    """

    kind: ChangeKind
    at: int
    clock: Clock
    ticket: Attributes
    category: Category
    standing: tuple[Announcement, ...]
    announcement: Announcement | None = None
    reason: str | None = None


def changes(
    before: Picture | None,
    steps: Sequence[Picture],
    standing: Picture,
    difference: Difference,
    ledger: Ledger,
) -> tuple[Change, ...]:
    """What to publish, in order.

    A batch of facts that continues *before* gives one picture per step, and each transition is
    published; a ticket folded anew gives one picture, and the difference is published. Whatever
    the clocks themselves say, their crossings are published as *difference* has them.

    Args:
        before: what was stored last; None for a ticket never seen.
        steps: the pictures since, oldest first; empty if only time has passed.
        standing: the view that *difference* was made with.
        difference: what is to be told of crossings.
        ledger: what had been told of them before.
    """
    previous = before or BLANK
    teller = _Teller(standing, difference.announced, ledger)
    found: list[Change] = []
    for picture in steps[:-1]:
        proved = [one for one in teller.untold if _holds(picture, one)]
        happened = [*turns(previous, picture), *map(_announcing, proved)]
        found += teller.tell(happened, previous, picture)
        previous = picture
    teller.amend(difference)
    picture = steps[-1] if steps else previous
    happened = [*turns(previous, picture), *map(_announcing, teller.untold), *_amending(difference)]
    found += teller.tell(happened, previous, picture)
    return tuple(found)


class _Teller:
    """Keeps account of what has been told while changes are put into words, one by one."""

    def __init__(self, view: Picture, announced: Iterable[Announcement], ledger: Ledger) -> None:
        self._view = view
        self._untold = {one.key: one for one in announced}
        self._told: dict[ClockKey, dict[Key, Announcement]] = defaultdict(dict)
        for one in ledger.standing.values():
            self._told[one.key.clock][one.key] = one

    @property
    def untold(self) -> tuple[Announcement, ...]:
        """What is still to be announced."""
        return tuple(self._untold.values())

    def amend(self, difference: Difference) -> None:
        """What is taken back does not stand from here on; what moved has its new instant."""
        for one in difference.retracted:
            self._told[one.key.clock].pop(one.key, None)
        for one in difference.corrected:
            self._told[one.key.clock][one.key] = one

    def tell(self, happened: list[Turn], before: Picture, after: Picture) -> Iterator[Change]:
        """What happened between two pictures, in order, each with the whole clock after it."""
        if len(happened) > 1:
            happened = sorted(happened, key=_place)
        for turn in happened:
            one = turn.announcement
            if one is not None and turn.kind in _TELLING:
                self._told[turn.key][one.key] = one
                self._untold.pop(one.key, None)
            clock = _find(after, turn.key) or _called_off(turn, before)
            seen = clock if self._view is after else _find(self._view, turn.key) or clock
            known = tuple(self._known(clock, seen, turn.key)) if seen.crossings else ()
            told = self._told.get(turn.key)
            yield Change(
                kind=turn.kind,
                at=turn.at,
                clock=clock if known == clock.crossings else replace(clock, crossings=known),
                ticket=clock.kept or after.ticket,
                category=after.category,
                standing=() if told is None else tuple(told.values()),
                announcement=one,
                reason=turn.reason,
            )

    def _known(self, clock: Clock, seen: Clock, key: ClockKey) -> Iterator[Crossing]:
        """The crossings that stand in the ledger by now, and those proved but held back.

        The view may know of more. What is to be announced later in the same breath comes later,
        except for a closed clock: its verdict is never told other than it is.
        """
        own, told = set(clock.crossings), self._told.get(key, ())
        for crossing in seen.crossings:
            name = key_of(clock, crossing)
            later = clock.is_open and name in self._untold
            if name in told or (crossing in own and not later):
                yield crossing


_place: Final = attrgetter("place")
_TELLING: Final = frozenset({ChangeKind.THRESHOLD_CROSSED, ChangeKind.BREACHED})


def _find(picture: Picture, key: ClockKey) -> Clock | None:
    """The clock of a name that was ever promised anything, the latest cycles first."""
    metric, cycle = key
    for clock in chain(picture.clocks, reversed(picture.past)) if picture.past else picture.clocks:
        if clock.metric is metric and clock.cycle == cycle and clock.shown_aim is not None:
            return clock
    return None


def _holds(picture: Picture, announcement: Announcement) -> bool:
    """Whether the crossing that is announced is in *picture* already."""
    clock = _find(picture, announcement.key.clock)
    return clock is not None and any(
        key_of(clock, crossing) == announcement.key for crossing in clock.crossings
    )


def _announcing(one: Announcement) -> Turn:
    kind = ChangeKind.BREACHED if one.is_breach else ChangeKind.THRESHOLD_CROSSED
    return Turn(kind, one.crossed_at, one.key.clock, None, one)


def _amending(difference: Difference) -> Iterator[Turn]:
    for one in difference.corrected:
        yield Turn(ChangeKind.RETARGETED, one.crossed_at, one.key.clock, CORRECTED, one)
    for one in difference.retracted:
        yield Turn(ChangeKind.RETRACTED, one.crossed_at, one.key.clock, CORRECTED, one)


def _called_off(turn: Turn, picture: Picture) -> Clock:
    """A clock that, as is known now, never was, so it crossed nothing; *picture* may lack it."""
    clock = _find(picture, turn.key)
    if clock is not None:
        kept = clock.kept or picture.ticket
        return replace(
            clock, state=State.CLOSED, cancelled=True, kept=kept, next_at=None, crossings=()
        )
    told = turn.announcement
    aim = Aim(turn.at, "opened")
    if told is not None:
        aim = replace(aim, agreement=told.key.agreement, priority=told.key.priority)
    return Clock(
        metric=turn.key[0],
        cycle=turn.key[1],
        ordinal=1,
        opened=turn.at,
        binding=Binding(Reason.NONE),
        bound_as=NOTHING_KNOWN,
        state=State.CLOSED,
        since=turn.at,
        reasons=("withdrawn",),
        aims=(aim,),
        cancelled=True,
        kept=picture.ticket,
    )
