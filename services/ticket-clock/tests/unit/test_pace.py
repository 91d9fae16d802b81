"""Which backend wakes tickets now: polling takes over, and hands back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest
from structlog.testing import capture_logs

from slaclock.settings import TimerBackend
from slaclock.telemetry import Metrics
from slaclock.testing import eventually
from ticket_clock_service.handlers.timers import Pace, Seconds, watch
from ticket_clock_service.timer_ports import Alarm, Arming, Armory, BackendDown, Manner

FAST = Seconds(tick=0.01, slow=60.0, check=0.01, answer=0.05, recovery=0.05)


AT_ONCE = replace(FAST, recovery=0.0)


def pace(chosen: TimerBackend = TimerBackend.JETSTREAM, seconds: Seconds = FAST) -> Pace:
    return Pace(chosen, Metrics("ticket-clock"), seconds)


class Moody:
    """A backend that is as the test wants it, and counts how often it was asked."""

    manner = Manner("moody")

    def __init__(self) -> None:
        self.trouble: BaseException | None = None
        self.hangs = False
        self.asked = 0

    async def asked_again(self, times: int = 5) -> None:
        """Return when its health has been looked at so many times more."""
        wanted = self.asked + times
        await eventually(lambda: self.asked >= wanted)

    async def place(self) -> str:
        return "here"

    async def arm(self, armings: Sequence[Arming]) -> None: ...

    async def healthy(self) -> None:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.trouble is not None:
            raise self.trouble

    async def close(self) -> None: ...


class Unarmed:
    """An armory in which so many tickets wait to be armed."""

    def __init__(self) -> None:
        self.tickets = 0

    async def near(self, *_: object, seconds: float) -> list[tuple[str, str]]:
        del seconds
        return [("acme", f"INC-{number}") for number in range(self.tickets)]


async def watched(found: Pace, alarm: Alarm, armory: Unarmed) -> asyncio.Task[None]:
    return asyncio.create_task(watch(alarm, cast("Armory", armory), found))


async def test_polling_is_the_only_backend_where_it_is_chosen() -> None:
    found = pace(TimerBackend.POLLING)
    assert found.relied_on is False
    async with asyncio.timeout(30):
        await found.rest(0.01)


async def test_a_backend_is_relied_on_once_it_is_well_and_everything_near_is_armed() -> None:
    found, alarm, armory = pace(seconds=AT_ONCE), Moody(), Unarmed()
    armory.tickets = 3
    task = await watched(found, alarm, armory)
    try:
        await alarm.asked_again()
        assert found.relied_on is False, "nobody has armed what is due soon"
        armory.tickets = 0
        await eventually(lambda: found.relied_on)
    finally:
        task.cancel()


@pytest.mark.parametrize("hangs", [False, True], ids=["says so", "does not answer"])
async def test_a_backend_that_is_down_is_replaced_with_one_warning(hangs: bool) -> None:
    found, alarm = pace(), Moody()
    task = await watched(found, alarm, Unarmed())
    try:
        await eventually(lambda: found.relied_on)
        resting = asyncio.create_task(found.rest(0.01))
        with capture_logs() as logs:
            alarm.trouble, alarm.hangs = BackendDown("no leader"), hangs
            await eventually(lambda: not found.relied_on)
            async with asyncio.timeout(30):
                await resting  # the due loop does not sleep on
            await alarm.asked_again()
            alarm.trouble, alarm.hangs = None, False
            await eventually(lambda: found.relied_on)
        assert [(one["event"], one["log_level"]) for one in logs] == [
            ("timer_backend_down", "warning"),
            ("timer_backend_up", "info"),
        ]
    finally:
        task.cancel()


async def test_a_backend_that_never_answered_is_told_of_once() -> None:
    found, alarm = pace(), Moody()
    alarm.trouble = BackendDown("refused")
    with capture_logs() as logs:
        task = await watched(found, alarm, Unarmed())
        await alarm.asked_again()
        task.cancel()
    assert [one["event"] for one in logs] == ["timer_backend_down"]


async def test_what_it_misses_twice_in_a_row_ends_the_reliance() -> None:
    found = pace()
    found.rely()
    found.found(4)
    found.found(0)
    found.found(1)
    assert found.relied_on
    found.found(1)
    assert not found.relied_on


def test_the_metric_names_the_backend_that_wakes_tickets() -> None:
    metrics = Metrics("ticket-clock")
    found = Pace(TimerBackend.JETSTREAM, metrics, FAST)

    def active() -> dict[str, float | None]:
        name = "sla_ticket_clock_timer_backend_state"
        return {
            backend: metrics.registry.get_sample_value(name, {"backend": backend})
            for backend in ("jetstream", "polling")
        }

    assert active() == {"jetstream": 0, "polling": 1}
    found.rely()
    assert active() == {"jetstream": 1, "polling": 0}
    found.fall_back("gone")
    assert active() == {"jetstream": 0, "polling": 1}
