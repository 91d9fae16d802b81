from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from dashboard_service.domain.agreement import Agreement, Target
from dashboard_service.domain.clock import Clock, ClockKey, Edition, Metric, Outcome, State
from dashboard_service.ports import Listed, Moment, OpensView
from dashboard_service.usecases.library import Library
from dashboard_service.usecases.showing import Desk, as_of

NOW = datetime(2026, 3, 6, 17, tzinfo=UTC)  # a Friday
OFFICE: dict[str, Any] = {
    "timezone": "Europe/London",
    "windows": [{"weekday": day, "start": "09:00", "end": "17:30"} for day in range(5)],
}
GOLD = Agreement(
    tenant="acme",
    hash="f" * 64,
    sla_id="gold",
    version=3,
    name="Gold",
    targets=(Target("resolution", "P1", None), Target("resolution", None, "a" * 64)),
    calendars={"a" * 64: OFFICE},
)
CLOCK = Clock(
    key=ClockKey("acme", "INC-1", Metric.RESOLUTION, "first"),
    edition=Edition(1, 1),
    state=State.ACTIVE,
    outcome=Outcome.PENDING,
    due_on=NOW.date(),
    changed_at=NOW,
    due_at=datetime(2026, 3, 9, 10, tzinfo=UTC),  # the Monday after
    target_minutes=240,
    elapsed_us=60 * 60 * 10**6,
    snapshot="f" * 64,
    priority="P3",
)


@dataclass
class FakeView:
    """Answers what it was given, and remembers which agreements were asked for."""

    clocks: list[Clock]
    agreements_known: tuple[Agreement, ...] = (GOLD,)
    asked: list[set[str]] = field(default_factory=list)

    async def moment(self) -> Moment:
        return Moment(NOW, 7, None)

    async def at_risk(self, *_: object, **__: object) -> list[Listed]:
        return [Listed(clock, "Gold", "gold", 3) for clock in self.clocks]

    async def agreements(self, hashes: Collection[str]) -> list[Agreement]:
        self.asked.append(set(hashes))
        return [one for one in self.agreements_known if one.hash in hashes]


class Fresh:
    def lag(self) -> float | None:
        return 1.0


def desk(view: FakeView) -> Desk:
    @asynccontextmanager
    async def opened(tenant: str) -> AsyncIterator[FakeView]:
        yield view

    return Desk(cast("OpensView", opened), Fresh(), Library(most=2))


@pytest.mark.parametrize(
    ("clock", "left", "running"),
    [
        pytest.param(
            CLOCK, timedelta(hours=1, minutes=30), True, id="business time of the target's calendar"
        ),
        pytest.param(
            replace(CLOCK, priority="P1"), timedelta(hours=65), True, id="a target around the clock"
        ),
        pytest.param(
            replace(CLOCK, snapshot="e" * 64),
            timedelta(hours=65),
            True,
            id="by the wall while the agreement has not come",
        ),
        pytest.param(
            replace(CLOCK, state=State.PAUSED, due_at=None),
            timedelta(hours=3),
            False,
            id="what was left when it paused",
        ),
        pytest.param(
            replace(CLOCK, state=State.CLOSED, elapsed_us=5 * 3600 * 10**6),
            -timedelta(hours=1),
            False,
            id="how much too late it stopped",
        ),
    ],
)
async def test_time_left(clock: Clock, left: timedelta, running: bool) -> None:
    stamp, [timed] = await desk(FakeView([clock])).at_risk("acme", None, None, 10)
    assert (timed.left, timed.pace.running) == (left, running)
    assert stamp.as_of == NOW - timedelta(seconds=1)
    assert stamp.change_count == 7


async def test_an_agreement_is_read_once() -> None:
    view = FakeView([CLOCK, replace(CLOCK, priority="P1")])
    shown = desk(view)
    for _ in range(3):
        await shown.at_risk("acme", None, None, 10)
    assert view.asked == [{"f" * 64}]


async def test_an_unknown_agreement_is_asked_for_until_it_comes() -> None:
    view = FakeView([CLOCK], agreements_known=())
    shown = desk(view)
    _, [timed] = await shown.at_risk("acme", None, None, 10)
    assert timed.left == timedelta(hours=65)
    view.agreements_known = (GOLD,)
    _, [timed] = await shown.at_risk("acme", None, None, 10)
    assert timed.left == timedelta(minutes=90)


async def test_memory_is_bounded_and_what_is_used_stays() -> None:
    agreements = tuple(replace(GOLD, hash=letter * 64) for letter in "bcd")
    view = FakeView([], agreements_known=agreements)
    shown = desk(view)
    for letters in ("b", "c", "b", "d", "b", "c"):
        view.clocks = [replace(CLOCK, snapshot=letters * 64)]
        await shown.at_risk("acme", None, None, 10)
    assert [min(asked)[0] for asked in view.asked] == ["b", "c", "d", "c"]


@pytest.mark.parametrize(
    ("applied", "lag", "known"),
    [
        pytest.param(None, None, None, id="nobody knows"),
        pytest.param(None, 2.0, timedelta(seconds=2), id="the broker had no more 2 s ago"),
        pytest.param(timedelta(minutes=5), None, timedelta(minutes=5), id="the last that is in"),
        pytest.param(timedelta(minutes=5), 2.0, timedelta(seconds=2), id="the newer of both"),
        pytest.param(timedelta(seconds=1), 60.0, timedelta(seconds=1), id="busy catching up"),
        pytest.param(-timedelta(seconds=3), 60.0, timedelta(0), id="the broker's clock runs ahead"),
    ],
)
def test_as_of(applied: timedelta | None, lag: float | None, known: timedelta | None) -> None:
    moment = Moment(NOW, 1, None if applied is None else NOW - applied)
    assert as_of(moment, lag) == (None if known is None else NOW - known)
