"""What tickets would have come to under another SLA or calendar; changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager

from slaclock.errors import Refusal
from ticket_clock_service.domain.simulation import Question, Simulation
from ticket_clock_service.ports import SimulationWork
from ticket_clock_service.usecases.rulebooks import Rulebooks

__all__ = ["BeginSimulation", "Progress", "SimulationBusy", "Simulator", "TermsNotRead"]

BeginSimulation = Callable[[Collection[str]], AbstractAsyncContextManager[SimulationWork]]
"""Opens a transaction for reading, every statement of which sees the same."""

Progress = Callable[[int, int], None]
"""Called on the event loop after every slice: tickets done, and of how many."""


class SimulationBusy(Refusal):
    """Another simulation runs in this process."""

    code = "simulation.busy"
    status = 429
    default_message = "a simulation is running already: try again when it is done, in a minute"


class TermsNotRead(Refusal):
    """What was told of terms before the start has not been read to its end."""

    code = "terms.pending"
    status = 503
    default_message = "ticket-clock is still reading its terms: try again shortly"


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

    async def run(self, question: Question, progress: Progress) -> Simulation:
        """Compare the tickets of a window under a candidate with what they came to.

        Works in slices beside the event loop; cancelling the task ends it after the present one.

        Args:
            question: what to simulate.
            progress: is told how far it is, first (0, all).

        Raises:
            SimulationBusy: another one runs.
            TermsNotRead: what was told of terms before the start has not been read to its end.
            UnusableSnapshot: the candidate, or something stored, cannot be computed with.
        """
        raise NotImplementedError
