"""What tickets would have come to under another SLA or calendar; changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Final

import structlog

from slaclock.business_time.calendar import BusinessCalendar
from slaclock.business_time.instants import SECOND_US
from slaclock.contracts.instants import to_us
from slaclock.errors import Fault, Refusal
from ticket_clock_service.domain.agreement import MINUTE, Agreement, Calendar, Target
from ticket_clock_service.domain.comparing import Comparing
from ticket_clock_service.domain.rulebook import Rulebook
from ticket_clock_service.domain.simulation import (
    Candidate,
    Kind,
    Question,
    Scope,
    Simulation,
)
from ticket_clock_service.domain.trial import Trial, calendar_trial, sla_trial
from ticket_clock_service.ports import SimulationWork
from ticket_clock_service.usecases.candidates import TooFine
from ticket_clock_service.usecases.rulebooks import Rulebooks, agreement_of

__all__ = [
    "BeginSimulation",
    "NotPromised",
    "Progress",
    "SimulationBusy",
    "Simulator",
    "TermsNotRead",
]

log = structlog.get_logger(__name__)

MOST_OPENINGS: Final = 1_000_000
"""Opening hours ahead that deadlines of what is tried may need to be laid out: some 100 MB."""

PAGE: Final = 1_000
"""Tickets of a slice: some thirty milliseconds of work, a few MiB."""

BeginSimulation = Callable[[Collection[str]], AbstractAsyncContextManager[SimulationWork]]
"""Opens a transaction for reading, every statement of which sees the same."""

Progress = Callable[[int, int], None]
"""Called on the event loop after every slice: tickets done, and of how many."""


class SimulationBusy(Refusal):
    """Another simulation runs in this process."""

    code = "simulation.busy"
    status = 429

    def __init__(self) -> None:
        message = "a simulation is running already"
        remedy = "try again when it is done, in a minute"
        fault = Fault("", None, message, remedy, self.code)
        super().__init__(f"{message}: {remedy}", faults=[fault])


class TermsNotRead(Refusal):
    """What was told of terms before the start has not been read to its end."""

    code = "terms.pending"
    status = 503
    default_message = "ticket-clock is still reading its terms: try again shortly"


class NotPromised(Refusal):
    """The candidate promises nothing to customers."""

    code = "simulation.not-an-sla"

    def __init__(self, kind: str) -> None:
        message = "is promised to no customer, so no ticket would be bound to it"
        remedy = "simulate an agreement whose agreement_type is sla"
        fault = Fault("sla.agreement_type", kind, message, remedy, self.code)
        super().__init__(faults=[fault])


class Simulator:
    """Runs one simulation at a time.

    Args:
        begin: where tickets are read.
        rulebooks: of this process.
        terms_ready: whether all that was told of terms has been read.
    """

    def __init__(
        self, begin: BeginSimulation, rulebooks: Rulebooks, terms_ready: Callable[[], bool]
    ) -> None:
        self._begin, self._rulebooks, self._terms_ready = begin, rulebooks, terms_ready
        self._runs = False

    async def run(self, question: Question, progress: Progress) -> Simulation:
        """Compare the tickets of a window under a candidate with what they came to.

        Works in slices beside the event loop; cancelling the task ends it after the present one.

        Args:
            question: what to simulate.
            progress: is told how far it is, first (0, all).

        Raises:
            SimulationBusy: another one runs.
            TermsNotRead: what was told of terms before the start has not been read to its end.
            NotPromised: the candidate is an OLA, or an underpinning contract.
            UnusableSnapshot: the candidate, or something stored, cannot be computed with.
            TooFine: so many opening hours lie before its deadlines that they take all memory.
        """
        if self._runs:
            raise SimulationBusy
        if not self._terms_ready():
            raise TermsNotRead
        self._runs = True
        try:
            async with self._begin({question.tenant}) as work:
                return await self._run(work, question, progress)
        finally:
            self._runs = False

    async def _run(
        self, work: SimulationWork, question: Question, progress: Progress
    ) -> Simulation:
        now, revisions = await work.now_and_terms([question.tenant])
        known = (await self._rulebooks.of(work, revisions))[question.tenant]
        trial = await asyncio.to_thread(_trial, question.candidate, known)
        window = question.tenant, question.from_us, question.to_us
        of = await work.count_opened(*window)
        progress(0, of)
        scope = question.scope
        if scope is Scope.BOUND and not (
            trial.concerned and await work.any_naming(*window, trial.concerned)
        ):
            scope = Scope.ALL
        while True:
            comparing = Comparing(
                known,
                trial,
                to_us(now),
                bound_only=scope is Scope.BOUND,
                examples=question.examples,
            )
            await _all(work, question, comparing, progress, of)
            tickets = comparing.tickets
            if comparing.surprise is not None:
                log.error(
                    "ticket_not_simulated", tenant=question.tenant, exc_info=comparing.surprise
                )
            if scope is Scope.ALL or tickets.unbound < tickets.considered - tickets.faulted:
                break
            scope = Scope.ALL  # hashes were named, but nothing is bound to them
        return Simulation(
            question=question,
            as_of=to_us(now),
            scope=scope,
            tickets=comparing.tickets,
            metrics=comparing.metrics(),
            examples=comparing.examples(question.examples),
            faults=comparing.faults,
        )


async def _all(
    work: SimulationWork,
    question: Question,
    comparing: Comparing,
    progress: Progress,
    of: int,
) -> None:
    """Take in all tickets of the window; the next page comes while one is compared."""
    pages = work.opened(question.tenant, question.from_us, question.to_us, PAGE)
    done = 0
    async with aclosing(pages):
        page = await anext(pages, None)
        while page is not None:
            slice_ = asyncio.create_task(asyncio.to_thread(comparing.take, page))
            try:
                following = await anext(pages, None)
            finally:
                await slice_
            done += len(page)
            progress(done, of)
            page = following


def _trial(candidate: Candidate, known: Rulebook) -> Trial:
    """The trial of a candidate.

    Raises:
        NotPromised: an OLA, or an underpinning contract.
        Refusal: it cannot be computed with.
        TooFine: its deadlines lie behind too many opening hours.
    """
    if candidate.kind is Kind.SLA:
        agreement = agreement_of(candidate.digest, candidate.snapshot)
        if agreement.kind != "sla":
            raise NotPromised(agreement.kind)
        trial = sla_trial(known, agreement)
        tried: Collection[str] = [candidate.digest]
    else:
        time = BusinessCalendar.from_snapshot(dict(candidate.snapshot))
        calendar = Calendar(candidate.digest, time.timezone, time, candidate.id)
        trial = calendar_trial(known, calendar)
        tried = trial.concerned
    _check_reach(candidate.kind, [trial.rulebook.agreements[digest] for digest in tried])
    return trial


def _check_reach(kind: Kind, agreements: Iterable[Agreement]) -> None:
    """Refuse what nobody could publish: `sla.calendar-too-fine`, of all calendars together.

    An ordinary week decides, as for the linter.

    Raises:
        TooFine: the farthest points of *agreements* lie too far.
    """
    farthest: dict[str, tuple[int, Target]] = {}
    for agreement in agreements:
        for target in agreement.targets.values():
            openings = _openings(target)
            if openings > farthest.get(target.calendar.name, (0,))[0]:
                farthest[target.calendar.name] = openings, target
    if sum(openings for openings, _ in farthest.values()) <= MOST_OPENINGS:
        return
    openings, target = max(farthest.values(), key=lambda one: one[0])
    message = (
        f"about {openings} opening hours lie between a ticket and the farthest point of its"
        f" {target.metric} of {target.amount // MINUTE} min; of all calendars {MOST_OPENINGS} may"
    )
    remedy = "join windows that touch, make them longer, or name a nearer point"
    raise TooFine(faults=[Fault(kind.value, openings, message, remedy, TooFine.code)])


def _openings(target: Target) -> int:
    """About how many opening hours lie before the farthest point of *target*."""
    time = target.calendar.time
    if not isinstance(time, BusinessCalendar) or not time.seconds_a_week:
        return 0
    return target.marks[-1].amount // SECOND_US * time.windows_a_week // time.seconds_a_week
