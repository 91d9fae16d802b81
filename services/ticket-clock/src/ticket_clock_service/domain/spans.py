"""Spans: when the clocks of a ticket ran, read off its facts without folding them.

It answers what the fold answers, or nothing at all: `Spans.read` gives None for a history that
asks for more than summing up. Those are:

- clocks of replies and of OLAs, and what begins or fulfils a clock other than by default;
- a clock that has lost its target;
- terms that reach a cycle which is open already; an agreement that has not arrived;
- facts before the opening, an opening whose status nobody explains, an opening after a deletion;
- facts that are no older than the instant of judging, or before 1970.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from slaclock.terms import Category, Reason
from ticket_clock_service.domain.agreement import COURSES, Agreement, Metric, Reopen, Target
from ticket_clock_service.domain.attributes import NOTHING_KNOWN
from ticket_clock_service.domain.clock import rules_of
from ticket_clock_service.domain.course import Moment
from ticket_clock_service.domain.cycles import FIRST, cycle_name
from ticket_clock_service.domain.fact import FIELDS
from ticket_clock_service.domain.trial import Trial

__all__ = ["ACTIVE", "AIMED", "CLOSED", "PAUSED", "Span", "Spans", "StoredFact"]

ACTIVE: Final = 0
PAUSED: Final = 1
CLOSED: Final = 2
AIMED: Final = 3

StoredFact = Sequence[Any]
"""[at_us, sequence, kind, data, source, event_id]: a row, as JSON."""

_ORDER: Final = itemgetter(0, 1, 4, 5)
_CATEGORIES: Final = tuple(Category)
_NUMBER: Final = {category: number for number, category in enumerate(_CATEGORIES)}
_OPEN: Final = _NUMBER[Category.OPEN]
_CANCELLED: Final = _NUMBER[Category.CANCELLED]
_ENDS: Final = tuple(category.ends for category in _CATEGORIES)

_METRICS: Final = (Metric.FIRST_RESPONSE, Metric.RESOLUTION)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A metric under an agreement, for tickets of a priority."""

    metric: Metric
    agreement: str
    target: Target | None
    pauses: tuple[bool, ...]
    reopen: Reopen
    answers: bool
    solves: bool


Move = tuple[int, int, Target | None]
"""(instant, state or `AIMED`, target): what a clock does, or is measured against, from then on."""


class Span:
    """A cycle: when it ran.

    Attributes:
        plan: what it goes by in the end.
        runs: start and end by turns, microseconds since 1970; the last one ends at the instant of
            judging where the clock is active. None is empty.
        since: of a closed one its end.
        first: what it was measured against at its opening.
        moves: everything that it did since, in order.
        is_aimed: whether its target became another one.
    """

    __slots__ = (
        *("cancelled", "cycle", "first", "is_aimed", "moves", "opened", "plan", "runs"),
        *("since", "state"),
    )

    def __init__(self, plan: _Plan, cycle: str, at: int) -> None:
        self.plan, self.cycle, self.since = plan, cycle, at
        self.first, self.opened = plan.target, at
        self.state = ACTIVE
        self.cancelled = self.is_aimed = False
        self.runs: list[int] = []
        self.moves: list[Move] = []

    def turn(self, state: int, at: int) -> None:
        """It is *state* from *at* on."""
        if self.state == ACTIVE and self.since < at:
            self.runs += (self.since, at)
        self.state, self.since = state, at
        self.moves.append((at, state, None))

    def aim(self, plan: _Plan, at: int) -> None:
        """It goes by *plan* from *at* on."""
        if plan.target is not self.plan.target:
            self.is_aimed = True
            self.moves.append((at, AIMED, plan.target))
        self.plan = plan

    def follow(self, category: int, at: int) -> None:
        """It does what the ticket's status asks of an open clock."""
        if _ENDS[category]:
            self.turn(CLOSED, at)
            self.cancelled = category == _CANCELLED or not self.plan.solves
            return
        state = PAUSED if self.plan.pauses[category] else ACTIVE
        if state != self.state:
            self.turn(state, at)


class _Beyond(Exception):  # noqa: N818  no error: the fold knows the answer
    """This history asks for the fold."""


class Spans:
    """Reads histories under a trial.

    Args:
        trial: what is simulated.
        as_of: the instant of judging, microseconds since 1970.
    """

    def __init__(self, trial: Trial, as_of: int) -> None:
        self._trial, self._as_of = trial, as_of
        self._covers = _covers(trial)
        self._plans: dict[tuple[str, str | None], tuple[_Plan, ...]] = {}
        self._meanings: dict[str, Sequence[tuple[int | None, int | None]]] = {}

    def read(self, facts: list[StoredFact]) -> list[Span] | None:
        """The cycles of a ticket, those that no target measures left out; None: fold it."""
        facts.sort(key=_ORDER)
        if not (self._covers and facts and facts[0][0] >= 0 and facts[-1][0] < self._as_of):
            return None
        try:
            return _Reader(self, facts).spans(self._as_of)
        except _Beyond:
            return None

    def category(self, status: str, at: int) -> int | None:
        """The number of what a status means; None if nobody explained it."""
        found = self._meanings.get(status)
        if found is None:
            self._meanings[status] = found = [
                (since, None if meaning is None else _NUMBER[meaning])
                for since, meaning in self._trial.rulebook.terms.meanings(status)
            ]
        if len(found) == 1:
            return found[0][1]
        return next(what for since, what in reversed(found) if since is None or since <= at)

    def agreement(self, fields: Mapping[str, Any], at: int) -> str | None:
        """The agreement that decides a cycle opened at *at*; None: unbound.

        Raises:
            _Beyond: it has not arrived.
        """
        if self._trial.only is not None:
            return self._trial.only
        ticket = NOTHING_KNOWN.changed({name: fields.get(name) for name in FIELDS})
        binding = self._trial.rulebook.binding(ticket, opened=at)
        if binding.reason is Reason.PENDING:
            raise _Beyond
        return binding.agreement

    def plans(self, agreement: str, priority: str | None) -> tuple[_Plan, ...]:
        """How each metric goes, first response and resolution.

        Raises:
            _Beyond: a target of no length.
        """
        key = (agreement, priority)
        found = self._plans.get(key)
        if found is None:
            terms = self._trial.rulebook.agreements
            found = tuple(_plan(metric, terms[agreement], priority) for metric in _METRICS)
            self._plans[key] = found
        return found

    def is_reached(self, opened: int, until: int) -> bool:
        """Whether terms take effect after *opened*, by *until*, that reach open cycles."""
        return bool(self._trial.rulebook.terms.reaching(opened, until))


def _covers(trial: Trial) -> bool:
    """Whether every clock under *trial* begins with its ticket, and ends as by default."""
    book = trial.rulebook
    return book.metrics == _METRICS and all(
        one.owner_group is None and all(one.courses[name] == COURSES[name] for name in _METRICS)
        for one in book.agreements.values()
    )


def _plan(metric: Metric, agreement: Agreement, priority: str | None) -> _Plan:
    target = agreement.target(metric, priority)
    if target is not None and target.amount <= 0:
        raise _Beyond
    rules = rules_of(metric, agreement.digest, {agreement.digest: agreement})
    ends = COURSES[metric].ends
    return _Plan(
        metric=metric,
        agreement=agreement.digest,
        target=target,
        pauses=tuple(category in rules.pauses for category in _CATEGORIES),
        reopen=rules.reopen,
        answers=Moment.ANSWERED in ends,
        solves=Moment.SOLVED in ends,
    )


def _given(data: Mapping[str, Any]) -> dict[str, Any]:
    """What an opening says of a ticket."""
    return {name: data[name] for name in FIELDS if data.get(name) is not None}


class _Reader:
    """One ticket, fact by fact."""

    __slots__ = (
        "_category",
        "_deleted",
        "_facts",
        "_fields",
        "_opened",
        "_past",
        "_spans",
        "_with",
    )

    def __init__(self, spans: Spans, facts: Sequence[StoredFact]) -> None:
        self._with, self._facts = spans, facts
        self._opened: int | None = None
        self._category, self._deleted = _OPEN, False
        self._fields: dict[str, Any] = {}
        self._spans: list[Span] = []
        self._past: list[Span] = []

    def spans(self, as_of: int) -> list[Span]:
        """All cycles that are measured."""
        last = self._walk()
        cycles = [*self._past, *self._spans]
        if self._opened is None:
            raise _Beyond
        is_open = not cycles or any(span.state != CLOSED for span in self._spans)
        if self._with.is_reached(self._opened, as_of if is_open else last):
            raise _Beyond
        for span in cycles:
            if span.is_aimed and span.plan.target is None:
                raise _Beyond
        for span in self._spans:
            if span.state == ACTIVE:
                span.runs += (span.since, as_of)
        return [span for span in cycles if span.plan.target is not None]

    def _walk(self) -> int:
        """Take in all facts; answers the instant of the last one."""
        at = 0
        for at, _, kind, data, source, identity in self._facts:
            if self._deleted:
                if kind == "opened":
                    raise _Beyond
            elif self._opened is not None:
                self._take(at, kind, data, source, identity)
            elif kind == "opened":
                self._open(_given(data), at)
            else:
                raise _Beyond
        return at

    def _take(self, at: int, kind: str, data: Mapping[str, Any], source: str, name: str) -> None:
        if kind == "updated":
            self._update(data["changes"], at, source, name)
        elif kind == "replied":
            if data["public"] and data["author"] == "agent":
                self._answer(at)
        elif kind == "opened":
            self._update(_given(data), at, source, name)
        elif kind == "deleted":
            self._delete(at)
        else:
            raise _Beyond

    def _open(self, fields: dict[str, Any], at: int) -> None:
        status = fields.get("status")
        if status is not None:
            category = self._with.category(status, at)
            if category is None:
                raise _Beyond
            self._category = category
        self._opened, self._fields = at, fields
        agreement = self._with.agreement(fields, at)
        if agreement is not None:  # without one no cycle is ever measured
            plans = self._with.plans(agreement, fields.get("priority"))
            self._spans = [self._begun(plan, FIRST, at) for plan in plans]

    def _begun(self, plan: _Plan, cycle: str, at: int) -> Span:
        span = Span(plan, cycle, at)
        span.follow(self._category, at)
        return span

    def _answer(self, at: int) -> None:
        for span in self._spans:
            if span.plan.answers and span.state != CLOSED:
                span.turn(CLOSED, at)
                span.cancelled = False

    def _delete(self, at: int) -> None:
        self._deleted = True
        for span in self._spans:
            if span.state != CLOSED:
                span.turn(CLOSED, at)
                span.cancelled = True

    def _update(self, changes: Mapping[str, Any], at: int, source: str, identity: str) -> None:
        """Target first, then what the status asks for, as the fold has it."""
        category = self._category
        status = changes.get("status")
        if status is not None:
            meaning = self._with.category(status, at)
            if meaning is None:
                return  # a fact with an unknown status has no effect as a whole
            category = meaning
        before = self._category
        retargets = "priority" in changes and changes["priority"] != self._fields.get("priority")
        self._fields.update(changes)
        self._category = category
        reopens = _ENDS[before] and not _ENDS[category]
        for place, span in enumerate(self._spans):
            if span.state != CLOSED:
                if retargets:
                    span.aim(self._plan(span, place), at)
                if category != before:
                    span.follow(category, at)
            elif reopens:
                self._reopen(span, place, at, source, identity)

    def _plan(self, span: Span, place: int) -> _Plan:
        """What a clock goes by, now that the ticket has this priority."""
        return self._with.plans(span.plan.agreement, self._fields.get("priority"))[place]

    def _reopen(self, span: Span, place: int, at: int, source: str, identity: str) -> None:
        if span.plan.reopen is Reopen.RESUME:
            span.turn(ACTIVE, at)
            span.aim(self._plan(span, place), at)
            span.cancelled = False
            span.follow(self._category, at)
        elif span.plan.reopen is Reopen.RESTART:
            agreement = self._with.agreement(self._fields, at)
            if agreement is None:
                raise _Beyond
            plan = self._with.plans(agreement, self._fields.get("priority"))[place]
            self._past.append(span)
            self._spans[place] = self._begun(plan, cycle_name((source, identity)), at)
