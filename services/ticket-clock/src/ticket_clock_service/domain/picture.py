"""A picture: everything that facts and terms say of one ticket."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from msgspec import Struct

from slaclock.terms import Binding, Category, Reason
from ticket_clock_service.domain.attributes import NOTHING_KNOWN, Attributes
from ticket_clock_service.domain.clock import CLOSED, Clock
from ticket_clock_service.domain.fact import AnyFact, Order

FOLD_VERSION: Final = 5
"""Grows whenever the same facts and terms would give another picture, or other bytes of it."""


class Phase(StrEnum):
    """Whether the ticket is there."""

    AWAITED = "awaited"
    OPEN = "open"
    DELETED = "deleted"


class Ignored(Struct, frozen=True, gc=False, array_like=True):
    """Facts without effect, because nobody has explained their status.

    Attributes:
        source, id: of the first such fact with this status, `at` its instant.
        count: how many there are.
    """

    status: str
    source: str
    id: str
    at: int
    count: int = 1


class Picture(
    Struct,
    frozen=True,
    gc=False,
    forbid_unknown_fields=True,
    tag_field="fold",
    tag=FOLD_VERSION,
):
    """A ticket as it stands after some facts, and after terms that took effect on their own.

    Attributes:
        phase: before the ticket was opened, since then, or after its deletion.
        position: order of the last fact in it, whether that had an effect or not.
        at: instant of the last fact, or entry of the terms, that had an effect; what lies before
            it is proved. 0 before the first.
        opened: instant of the opening; None before it.
        category: what the status means.
        clocks: the present cycle of every metric that has had one, and of every metric that an OLA
            measures of the group that has the ticket; open or closed.
        past: earlier cycles that were measured against a target, oldest first.
        waiting: facts before the opening; they take effect at it.
        ignored: facts whose status nobody has explained, by status.
        unanswered: the customer has written since the ticket ended, and nobody has answered.
    """

    phase: Phase = Phase.AWAITED
    position: Order | None = None
    at: int = 0
    opened: int | None = None
    ticket: Attributes = NOTHING_KNOWN
    category: Category = Category.OPEN
    clocks: tuple[Clock, ...] = ()
    past: tuple[Clock, ...] = ()
    waiting: tuple[AnyFact, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    unanswered: bool = False

    @property
    def every(self) -> tuple[Clock, ...]:
        """All clocks, earlier cycles first."""
        return (*self.past, *self.clocks) if self.past else self.clocks

    @property
    def has_crossed(self) -> bool:
        """Whether a clock has crossed anything."""
        for clock in self.every:  # noqa: SIM110  as in `proves`
            if clock.crossings:
                return True
        return False

    @property
    def cycles(self) -> Iterator[Clock]:
        """All clocks that were ever measured against a target, earlier cycles first."""
        return (clock for clock in self.every if clock.shown_aim is not None)

    @property
    def binding(self) -> Binding | None:
        """What was promised to the customer; None before the ticket is opened.

        Clocks of one ticket may differ: terms reach those that are open. The latest cycle
        decides; of several an open one; of these the one that terms reached last.
        """
        promised = [clock for clock in self.clocks if clock.owner is None]
        return max(promised, key=_latest).binding if promised else None

    @property
    def pending(self) -> bool:
        """Whether terms that decide its clocks are not known yet."""
        bindings = (clock.binding for clock in self.clocks)
        return any(one.reason is Reason.PENDING or one.missing is not None for one in bindings)

    @property
    def running(self) -> bool:
        """Whether a clock of it is open."""
        for clock in self.clocks:  # noqa: SIM110  as in `proves`
            if clock.state is not CLOSED:
                return True
        return False


def _latest(clock: Clock) -> tuple[int, bool, int]:
    return clock.opened, clock.is_open, clock.binding.effective_from or 0


BLANK: Final = Picture()
"""What is known of a ticket before its first fact."""
