"""One import from beginning to end: send, wait, judge, count."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from slaclock.cli.exits import NotReachable
from slaclock.cli.importing.asking import Asking
from slaclock.cli.importing.facts import Message, Tally
from slaclock.cli.importing.publishing import Flow, open_publisher
from slaclock.cli.importing.summary import summarise
from slaclock.messaging.connection import NatsAccess

__all__ = ["Import", "Steps", "wait_for_agreement"]

TERMS_PATIENCE: Final = 60.0
"""Seconds for a published SLA to arrive at the clock service."""


class Steps:
    """Hears how far an import is. Does nothing; a progress bar does more."""

    def reached(self, row: int) -> None:
        """The facts of all rows up to *row* are acknowledged by the broker."""

    def begins(self, what: str) -> None:
        """The next part of the work begins."""


@dataclass(frozen=True, slots=True)
class Import:
    """A file on its way into the platform.

    Attributes:
        run_id: names this run; every fact carries it.
        messages: of the file; drawn once.
        tally: filled while the messages are drawn.
        asking: the platform's HTTP side.
        access: the tenant's helpdesk identity on the bus.
        flow: how fast to go.
    """

    run_id: str
    messages: Callable[[], Iterator[Message]]
    tally: Tally
    asking: Asking
    access: NatsAccess
    flow: Flow

    async def run(self, steps: Steps) -> dict[str, Any]:
        """The summary, once every ticket has been judged.

        Raises:
            NotReachable: the platform was away for too long; running it again goes on.
            Refusal: the platform does not let this import happen.
        """
        steps.begins("sending facts")
        async with open_publisher(self.access, self.asking.position, self.flow) as publisher:
            await publisher.publish(self.messages(), lambda: steps.reached(self.tally.rows))
            steps.begins("computing clocks")
            await publisher.wait_for(publisher.last)
        steps.begins("judging tickets")
        recorded = await self.asking.complete(self.run_id)
        parked = 0
        if recorded < publisher.sent:
            parked = await self.asking.parked(publisher.sequences)
        steps.begins("reading verdicts")
        statuses = await self.asking.statuses(list(self.tally.tickets))
        return summarise(
            self.tally,
            published=publisher.sent,
            recorded=recorded,
            parked=parked,
            statuses=statuses,
        )


async def wait_for_agreement(
    asking: Asking, published: Mapping[str, Any], *, patience: float = TERMS_PATIENCE
) -> None:
    """Until the clock service has learnt that the *published* SLA is the tenant's default.

    Raises:
        NotReachable: the news does not arrive.
    """
    deadline = monotonic() + patience
    while not await asking.knows_terms(published["default_entry_id"]):
        if monotonic() > deadline:
            raise NotReachable(
                f"the SLA {published['id']!r} is published, but ticket-clock has not heard of it "
                f"within {patience:g} s; look at its logs and run the import again"
            )
        await asyncio.sleep(0.1)
