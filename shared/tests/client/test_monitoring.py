"""New breaches are told as they come, through outages."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest

from slaclock.client import ApiDenied, ApiUnreachable, InvalidInput, SLAService

from .fake_platform import NOW, Platform, clock


class Watch:
    """Follows `monitor`; between two looks a test sets the platform up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pauses: list[float] = []
        self.steps: list[Any] = []
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if not self.steps:
            raise asyncio.CancelledError
        self.steps.pop(0)()

    async def told(self, service: SLAService, *steps: Any, **more: Any) -> list[str]:
        """Tickets in the order in which their breaches were told."""
        self.steps = list(steps)
        found: list[str] = []
        async with aclosing(service.monitor(**more)) as breaches:
            try:
                async for one in breaches:
                    found.append(one.ticket_id)  # noqa: PERF401 - cancelled half-way
            except asyncio.CancelledError:
                return found
        raise AssertionError("it ended")


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


def nothing() -> None: ...


async def test_each_breach_is_told_once(
    service: SLAService, platform: Platform, watch: Watch
) -> None:
    platform.size = 2
    platform.tells(clock("before", ago=1))
    told = await watch.told(
        service,
        lambda: platform.tells(clock("later", ago=-2), clock("first", ago=-1)),
        nothing,
        lambda: platform.tells(clock("long ago", ago=600)),
        lambda: platform.tells(clock("too long ago", ago=60 * 25)),
        nothing,
    )
    assert told == ["first", "later", "long ago"]
    assert set(watch.pauses) == {5.0}


async def test_it_goes_on_where_somebody_was(
    service: SLAService, platform: Platform, watch: Watch
) -> None:
    platform.tells(clock("A", ago=30), clock("B", ago=20), clock("C", ago=10))
    assert await watch.told(service, since=NOW - timedelta(minutes=20)) == ["B", "C"]
    days = NOW - timedelta(days=3)
    platform.tells(clock("old", ago=60 * 48), clock("older", ago=60 * 96))
    assert await watch.told(service, nothing, since=days) == ["old", "A", "B", "C"]


async def test_a_breach_that_comes_back_is_told_again(
    service: SLAService, platform: Platform, watch: Watch
) -> None:
    def withdrawn() -> None:
        platform.breaches.clear()
        platform.change_count += 1

    told = await watch.told(
        service,
        lambda: platform.tells(clock("A")),
        withdrawn,
        lambda: platform.tells(clock("A", ago=20)),
    )
    assert told == ["A", "A"]


async def test_an_outage_is_waited_for(
    service: SLAService, platform: Platform, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> None:
        platform.failing["/dashboard"] = 503

    def back() -> None:
        platform.failing.clear()
        platform.now += timedelta(days=2)
        platform.tells(clock("meanwhile", ago=-60))

    with caplog.at_level(logging.INFO):
        told = await watch.told(service, away, nothing, nothing, nothing, nothing, back)

    assert told == ["meanwhile"], "also what lies before look_back"
    assert watch.pauses == [5, 10, 20, 40, 60, 60, 5]
    assert [one.levelname for one in caplog.records if "watched" in one.message] == [
        "WARNING",
        "INFO",
    ]


async def test_a_breach_is_told_though_its_sla_cannot_be_read(
    service: SLAService, platform: Platform, watch: Watch
) -> None:
    platform.failing["/sla"] = 503
    assert await watch.told(service, lambda: platform.tells(clock("A"))) == ["A"]


async def test_what_will_not_pass_is_raised(service: SLAService, platform: Platform) -> None:
    platform.failing["/dashboard"] = 503
    with pytest.raises(ApiUnreachable):
        await anext(service.monitor())
    platform.failing["/dashboard"] = 401
    with pytest.raises(ApiDenied):
        await anext(service.monitor())
    with pytest.raises(InvalidInput) as caught:
        await anext(service.monitor(every=timedelta(0), look_back=timedelta(-1)))
    assert [one.field for one in caught.value.faults] == ["every", "look_back"]
