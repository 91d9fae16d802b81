"""Send what is due: claim, send outside any transaction, write down how it ended."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import stamina
import structlog

from escalation_service.domain import news
from escalation_service.domain.announcement import CallOff
from escalation_service.domain.delivery import Backoff, Missed, Outcome, Verdict
from escalation_service.domain.escalation import State
from escalation_service.domain.letter import compose
from escalation_service.domain.news import News
from escalation_service.domain.parcel import Parcel
from escalation_service.ports import Channel, Deliveries, Watch

log = structlog.get_logger(__name__)

_NEWS = {State.DELIVERED: news.Kind.DELIVERED, State.FAILED: news.Kind.FAILED}


@dataclass(frozen=True, slots=True)
class Pace:
    """How the loop goes about it.

    Attributes:
        at_once: deliveries under way in this process.
        of_each: of them, those of one tenant: a slow receiver holds up its own tenant only.
        lease: how long a claim holds; longer than the longest attempt.
        look: how often to look for what is due.
        farewell: how long attempts under way may take when the process stops.
    """

    at_once: int = 20
    of_each: int = 10
    lease: timedelta = timedelta(seconds=60)
    look: timedelta = timedelta(milliseconds=250)
    farewell: timedelta = timedelta(seconds=8)


@dataclass(slots=True)
class Sender:
    """Sends deliveries until it is cancelled. Any number of senders share the work.

    Attributes:
        deliveries: where they are claimed and marked.
        channels: by the name that rules use.
        watch: told of every attempt.
        backoff: when to try again.
        jitter: a random number in [0, 1] at every call.
        outages: exceptions of the database that pass by waiting.
    """

    deliveries: Deliveries
    channels: Mapping[str, Channel]
    watch: Watch
    backoff: Backoff
    pace: Pace
    jitter: Callable[[], float]
    outages: tuple[type[Exception], ...]
    _under_way: dict[asyncio.Task[None], str] = field(default_factory=dict)

    async def run(self) -> None:
        """Look, claim, send; for ever. When cancelled, attempts under way may end."""
        try:
            while True:
                await self._look()
                await self._pause()
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=self.pace.farewell.total_seconds())
            stalled = list(self._under_way)
            for task in stalled:
                task.cancel()
            await asyncio.gather(*stalled, return_exceptions=True)

    async def deliver_due(self) -> int:
        """Claim what is due now, send it, and wait until it is sent; how many there were."""
        claimed = await self._look()
        await asyncio.gather(*self._under_way)
        return claimed

    async def _pause(self) -> None:
        """Until it is time to look again, or a place is free where none was."""
        seconds = self.pace.look.total_seconds()
        if len(self._under_way) < self.pace.at_once:
            await asyncio.sleep(seconds)
        else:
            await asyncio.wait(
                self._under_way, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )

    async def _look(self) -> int:
        per_tenant = Counter(self._under_way.values())
        free = self.pace.at_once - len(self._under_way)
        if free <= 0:
            return 0
        busy = [tenant for tenant, count in per_tenant.items() if count >= self.pace.of_each]
        try:
            parcels = await self.deliveries.claim(
                free, of_each=self.pace.of_each, busy=busy, lease=self.pace.lease
            )
        except self.outages as outage:
            log.warning("deliveries_wait", error=str(outage) or type(outage).__name__)
            await asyncio.sleep(1)
            return 0
        for parcel in parcels:
            task = asyncio.create_task(self.deliver(parcel))
            self._under_way[task] = parcel.tenant
            task.add_done_callback(self._done)
        return len(parcels)

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        if not task.cancelled() and (error := task.exception()):
            # The attempt stays open; its lease ends and another sender takes it.
            log.error("delivery_stalled", exc_info=error)

    async def deliver(self, parcel: Parcel) -> None:
        """One attempt: send, then write down how it ended."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        outcome = parcel.hindrance(self.backoff) or await self._send(parcel)
        took = timedelta(seconds=loop.time() - begun)
        self.watch.attempted(parcel.escalation.action.channel, outcome, took)
        # What was sent must be marked, or it is sent again: insist while the lease lasts.
        async for attempt in stamina.retry_context(
            on=self.outages,
            attempts=None,
            timeout=self.pace.lease - took,
            wait_initial=0.1,
            wait_max=2.0,
        ):
            with attempt:
                await self._mark(parcel, outcome, took)

    async def _send(self, parcel: Parcel) -> Outcome:
        name = parcel.escalation.action.channel
        channel = self.channels.get(name)
        if channel is None:
            return Missed("channel.unknown", f"no channel {name!r} here", hopeless=True)
        try:
            return await channel.send(compose(parcel))
        except self.outages as outage:  # of the database, before anything was sent
            return Missed("channel.waited", type(outage).__name__)
        except Exception as surprise:  # a fault of ours is an outcome with a code of its own
            log.exception("channel_failed", channel=name)
            return Missed("channel.fault", type(surprise).__name__, doubtful=True)

    async def _mark(self, parcel: Parcel, outcome: Outcome, took: timedelta) -> None:
        async with self.deliveries.marking(parcel.tenant) as work:
            state = await work.lock(parcel.escalation.id)
            missed = isinstance(outcome, Missed)
            call_off = await work.call_off_of(parcel.escalation.key) if missed else None
            verdict = parcel.judge(
                outcome,
                withdrawn=state is State.WITHDRAWN,
                called_off=call_off is not None,
                backoff=self.backoff,
                jitter=self.jitter(),
            )
            await work.close_attempt(parcel, outcome, took)
            at = await work.mark(parcel, verdict)
            if at is None:
                log.warning("lease_lost", delivery=str(parcel.delivery_id), tries=parcel.tries)
                return
            if verdict.correct:
                await work.correct(parcel, at)
            if verdict.escalation is not None:
                await work.move(parcel.escalation.id, verdict.escalation, at)
                await work.tell([_told(parcel, verdict, outcome, at, call_off)])


def _told(
    parcel: Parcel, verdict: Verdict, outcome: Outcome, at: datetime, call_off: CallOff | None
) -> News:
    if verdict.escalation is None:
        raise ValueError("nothing happened to the escalation")
    if verdict.escalation is State.WITHDRAWN and call_off is not None:
        return News(
            news.Kind.WITHDRAWN,
            parcel.escalation,
            at,
            cause=call_off.event_id,
            reason=call_off.reason,
        )
    error = f"{outcome.code}: {outcome.detail}" if isinstance(outcome, Missed) else None
    return News(_NEWS[verdict.escalation], parcel.escalation, at, attempt=parcel.tries, error=error)
