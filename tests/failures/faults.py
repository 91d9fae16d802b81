"""What is done to the processes, drawn from the dice: kill -9 and SIGSTOP, over all of them."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field

from slaclock.embedded.process import ProcessMark, processes_in
from slaclock.testing import eventually

from .plan import Plan
from .stage import Replica, Stage

TOGETHER = 0.08
"""Share of kills that hit all replicas of a service at once."""

LEAST_GAP = 0.3
"""Seconds between two faults, also when they are behind their time: some progress must be."""

LONG_STOP = (10.0, 12.0)
"""Seconds; the broker waits 8 s for an acknowledgement."""


@dataclass(slots=True)
class Done:
    """What was done, by service, `nats` or `postgres`.

    Attributes:
        longest_stop: seconds.
    """

    kills: Counter[str] = field(default_factory=Counter)
    stops: Counter[str] = field(default_factory=Counter)
    longest_stop: float = 0.0


class Faults:
    """Does what a plan says.

    Args:
        stage: what runs.
        plan: how much, and to whom.
        dice: when, and to whom next.
    """

    def __init__(self, stage: Stage, plan: Plan, dice: random.Random) -> None:
        self._stage, self._plan, self._dice = stage, plan, dice
        self._servers = {"nats": asyncio.Lock(), "postgres": asyncio.Lock()}
        self._stopped: set[str] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self.done = Done()

    async def run(self) -> Done:
        """All of them, spread over the plan's seconds; return when everything runs again."""
        plan = self._plan
        wanted = ["kill"] * plan.kills + ["stop"] * (plan.stops - plan.long_stops)
        wanted += ["long stop"] * plan.long_stops
        self._dice.shuffle(wanted)
        gap = plan.seconds / max(1, len(wanted))
        clock = asyncio.get_running_loop().time
        begun, named = clock(), iter(plan.victims)
        while wanted:
            what = wanted.pop()
            index = plan.kills + plan.stops - len(wanted)
            await asyncio.sleep(max(LEAST_GAP, begun + index * gap * self._jitter() - clock()))
            drawn = self._dice.choices(list(plan.weights), list(plan.weights.values()))[0]
            victim = next(named, drawn)
            if what == "kill":
                left = wanted.count("kill")
                for _ in range(await self._kill(victim, left)):
                    wanted.remove("kill")
            else:
                await self._stop(victim, long=what == "long stop")
        await asyncio.gather(*self._under_way)
        for replica in self._stage.replicas.values():
            await eventually(lambda: replica.up, 60)  # noqa: B023 - awaited here
        return self.done

    def _jitter(self) -> float:
        return self._dice.uniform(0.97, 1.0)

    async def _kill(self, victim: str, left: int) -> int:
        """Kill one; how many more than one it were."""
        if victim in self._servers:
            await self._kill_server(victim)
            return 0
        replica = await self._replica(victim)
        doomed = [replica]
        if self._dice.random() < TOGETHER:
            doomed = [one for one in self._stage.of(replica.service) if one.up or one is replica]
        doomed = doomed[: left + 1]
        for one in doomed:
            self._stage.kill(one)
            self.done.kills[one.service] += 1
        return len(doomed) - 1

    async def _kill_server(self, victim: str) -> None:
        """Kill the broker or the database; it comes back while other things happen."""
        lock = self._servers[victim]
        down = self._dice.uniform(*self._plan.down)
        await lock.acquire()
        restart = self._stage.restart_nats if victim == "nats" else self._stage.restart_postgres

        async def work() -> None:
            try:
                await restart(down)
            finally:
                lock.release()

        self.done.kills[victim] += 1
        self._later(work())

    async def _stop(self, victim: str, *, long: bool) -> None:
        """Stop one for some seconds, in which other things happen."""
        if long or victim not in self._servers:
            replica = await self._replica("ticket-clock" if victim in self._servers else victim)
            seconds = self._dice.uniform(*(LONG_STOP if long else self._plan.stop_for))
            self.done.stops[replica.service] += 1
            marks = [] if replica.mark is None else [replica.mark]
            self._later(self._stopped_for(replica.name, marks, seconds))
        else:
            seconds = self._dice.uniform(*self._plan.stop_for)
            await self._servers[victim].acquire()
            self.done.stops[victim] += 1
            self._later(self._server_stopped_for(victim, seconds))
        self.done.longest_stop = max(self.done.longest_stop, seconds)

    async def _server_stopped_for(self, victim: str, seconds: float) -> None:
        stage = self._stage
        try:
            if victim == "postgres":
                marks = processes_in(stage.postgres.data, named="postgres")
            else:
                process = stage.nats.process
                marks = [] if process is None else [ProcessMark.of(process.pid)]
            await self._stopped_for(victim, marks, seconds)
        finally:
            self._servers[victim].release()

    async def _stopped_for(self, name: str, marks: list[ProcessMark], seconds: float) -> None:
        self._stopped.add(name)
        try:
            for mark in marks:
                mark.signal(signal.SIGSTOP)
            await asyncio.sleep(seconds)
        finally:
            self._stopped.discard(name)
            for mark in marks:
                mark.signal(signal.SIGCONT)

    async def _replica(self, victim: str) -> Replica:
        """One of a service that is up and not stopped."""

        def candidates() -> list[Replica]:
            return [
                one for one in self._stage.of(victim) if one.up and one.name not in self._stopped
            ]

        await eventually(candidates, 120)
        return self._dice.choice(candidates())

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
