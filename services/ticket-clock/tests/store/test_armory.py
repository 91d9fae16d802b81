"""What is armed is compared with the tickets' rows, and whatever differs is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from slaclock.store import Pool
from ticket_clock_service.handlers.loops import judge_due
from ticket_clock_service.handlers.watermark import Horizon
from ticket_clock_service.ports import Key
from ticket_clock_service.store.armory import PgArmory
from ticket_clock_service.store.wakes import PgWakes
from ticket_clock_service.timer_ports import Arming, BackendDown, Manner
from ticket_clock_service.usecases.arming import Armer
from ticket_clock_service.usecases.tracking import Tracking
from ticket_clock_service.usecases.waking import Asked, Waking

from ..desk import Desk, ago, fact, opened, replied, sla, status

HOUR = Manner("hour", ahead=timedelta(hours=1), batch=3, per_second=1e6)
EXACT = Manner("exact", exact=True, batch=3, per_second=1e6)


class Recorder:
    """A backend that remembers what it was told."""

    def __init__(self, manner: Manner) -> None:
        self.manner, self.where, self.down = manner, "first", False
        self.armed: dict[Key, Arming] = {}
        self.calls: list[Arming] = []

    async def place(self) -> str:
        return self.where

    async def arm(self, armings: Sequence[Arming]) -> None:
        assert len(armings) <= self.manner.batch
        if self.down:
            raise BackendDown("away")
        self.calls += armings
        self.armed |= {arming.key: arming for arming in armings}

    async def healthy(self) -> None: ...

    async def close(self) -> None: ...

    def due(self) -> dict[str, datetime | None]:
        return {ticket: arming.next_due_at for (_, ticket), arming in self.armed.items()}


def solving(**more: Any) -> dict[str, Any]:
    """240 minutes around the clock, and nothing but the resolution."""
    target = {"metric": "resolution", "priority": None, "minutes": 240, "calendar": "24x7"}
    return sla(targets=[target], **more)


@pytest.fixture
def armory(pool: Pool) -> PgArmory:
    return PgArmory(pool)


def waking(desk: Desk) -> Waking:
    async def judge(keys: Sequence[Key], now: datetime) -> None:
        await desk.reconciler.judge(keys, now, provisional=False)

    return Waking(PgArmory(desk.pool), judge)


async def next_due(desk: Desk, ticket: str) -> datetime | None:
    found: datetime | None = (
        await desk.rows("SELECT next_due_at FROM ticket WHERE ticket_id = $1", ticket)
    )[0]["next_due_at"]
    return found


async def test_a_walk_arms_what_is_due_within_the_hour_and_nothing_twice(
    desk: Desk, armory: PgArmory
) -> None:
    """240 minutes, so 50 % after 120: some within the hour, some later, some long ago."""
    await desk.publish(solving(thresholds=["percent:50", "percent:100"]))
    now = await desk.now()
    for number in range(10):
        await desk.take(opened(f"soon-{number}", ago(now, minutes=101)))
    await desk.take(opened("later", ago(now, minutes=10)), opened("past", ago(now, minutes=130)))
    alarm = Recorder(HOUR)
    armer = Armer(armory, alarm)
    assert await armer.walk(5) == 11
    assert alarm.due() == {
        name: await next_due(desk, name) for name in [*(f"soon-{n}" for n in range(10)), "past"]
    }
    assert await armer.walk(5) == 0


async def test_what_changes_is_armed_anew_and_what_ends_is_forgotten(
    desk: Desk, armory: PgArmory
) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    since = ago(now, minutes=50)
    await desk.take(*[opened(name, since) for name in ("a", "b", "c", "d", "same")])
    alarm = Recorder(EXACT)
    armer = Armer(armory, alarm)
    await armer.walk(0)
    assert {one.change for one in alarm.calls} == {"start"}
    await desk.take(
        status("a", ago(now, minutes=1), "waiting_on_customer"),
        replied("b", ago(now, minutes=1)),
        status("c", ago(now, minutes=1), "resolved"),
        fact("deleted", "d", ago(now, minutes=1), reason="deleted", into=None),
    )
    alarm.calls.clear()
    assert await armer.walk(0) == 4
    found = {one.ticket_id: (one.change, one.closed, one.next_due_at) for one in alarm.calls}
    assert found == {
        "a": ("pause", False, None),
        "b": ("complete_response", False, await next_due(desk, "b")),
        "c": ("complete_resolution", True, None),
        "d": ("cancel", True, None),
    }
    assert {row["ticket_id"] for row in await desk.rows("SELECT * FROM armed")} == {
        "a",
        "b",
        "same",
    }
    assert await armer.walk(0) == 0
    await desk.take(status("a", now, "open"))
    alarm.calls.clear()
    assert await armer.arm([("acme", "a"), ("acme", "nobody"), ("acme", "c")]) == 1
    assert [(one.ticket_id, one.change) for one in alarm.calls] == [("a", "resume")]


async def test_alarms_in_a_store_that_was_made_anew_are_lost(desk: Desk, armory: PgArmory) -> None:
    await desk.publish(sla(minutes=240))
    await desk.take(opened("a", ago(await desk.now(), minutes=100)))
    alarm = Recorder(HOUR)
    armer = Armer(armory, alarm)
    assert (await armer.walk(0), await armer.walk(0)) == (1, 0)
    alarm.where = "second"
    assert (await armer.walk(0), await armer.walk(0)) == (1, 0)
    assert await Armer(armory, Recorder(replace(HOUR, name="other"))).walk(0) == 1


async def test_what_a_backend_did_not_take_is_not_remembered(desk: Desk, armory: PgArmory) -> None:
    await desk.publish(sla(minutes=240))
    await desk.take(opened("a", ago(await desk.now(), minutes=100)))
    alarm = Recorder(HOUR)
    alarm.down = True
    with pytest.raises(BackendDown):
        await Armer(armory, alarm).walk(0)
    assert await desk.rows("SELECT * FROM armed") == []


async def test_tenants_see_their_own_alarms_only(desk: Desk, armory: PgArmory) -> None:
    now = await desk.now()
    for tenant in ("acme", "globex"):
        await desk.publish(sla(minutes=240), tenant)
        await desk.take(opened("same", ago(now, minutes=100), tenant=tenant))
    assert await Armer(armory, Recorder(HOUR)).walk(0) == 2
    for tenant in ("acme", "globex"):
        rows = await desk.rows("SELECT tenant_id FROM armed", tenants=[tenant])
        assert [row["tenant_id"] for row in rows] == [tenant]


async def test_a_wake_up_does_what_the_due_loop_does(desk: Desk) -> None:
    await desk.publish(solving())
    now = await desk.now()
    await desk.take(
        opened("due", ago(now, minutes=130)),
        opened("early", ago(now, minutes=70)),
        opened("waits", ago(now, minutes=70), status="waiting_on_customer"),
        opened("closed", ago(now, minutes=70), status="closed"),
    )
    wake = waking(desk).wake
    (revision,) = [
        row["revision"] for row in await desk.rows("SELECT * FROM ticket WHERE ticket_id = 'due'")
    ]
    found = await wake("acme", "due", revision)
    assert (found.result, found.revision) == ("judged", revision + 1)
    assert found.next_due_at == await next_due(desk, "due")
    assert ("threshold_crossed", "percent:50", 1) in await desk.told("due")
    assert await wake("acme", "due", revision) == found, "a second one changes nothing"
    assert await judge_due(PgWakes(desk.pool), desk.reconciler, Horizon(now)) == 0
    assert (await wake("acme", "early", 1)).result == "early"
    assert (await wake("acme", "waits", 1)).next_due_at is None
    assert (await wake("acme", "closed", 1)).closed
    gone = await wake("acme", "nobody", 5)
    assert (gone.result, gone.revision, gone.closed) == ("gone", 6, True)
    assert (await wake("acme", "early", 99)).result == "behind"


async def test_wake_ups_that_come_together_are_answered_each(desk: Desk) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(*[opened(f"T{number}", ago(now, minutes=130)) for number in range(20)])
    asked = [Asked("acme", f"T{number}", 1) for number in range(20)] * 2
    found = await waking(desk).wake_all(asked)
    assert [one.result for one in found] == ["judged"] * 40
    assert len(await desk.rows("SELECT * FROM announcement WHERE metric = 'resolution'")) == 20


async def test_tracking_sets_alarms_as_the_rows_say_and_answers_from_them(
    desk: Desk, armory: PgArmory
) -> None:
    """The pinned operations; each may be repeated, or be about a ticket that nobody knows."""
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(opened("a", ago(now, minutes=100)))
    alarm = Recorder(EXACT)
    armer = Armer(armory, alarm)

    async def arm_now(key: Key, change: object) -> None:
        await armer.arm([key], change)  # type: ignore[arg-type]

    tracking = Tracking("acme", arm_now, desk.status)
    for _ in range(2):
        await tracking.start_sla_tracking("a", "hash", {"resolution": 240}, "24x7")
    await tracking.cancel_sla("nobody")
    assert alarm.due() == {"a": await next_due(desk, "a")}
    await desk.take(status("a", ago(now, minutes=1), "waiting_on_customer"))
    await tracking.pause_sla("a", "waiting_on_customer")
    assert alarm.due() == {"a": None}
    await desk.take(status("a", now, "open"))
    await tracking.resume_sla("a")
    await tracking.complete_sla("a", "response", met=True)  # armed like that already
    assert alarm.due() == {"a": await next_due(desk, "a")}
    await desk.take(status("a", await desk.now(), "resolved"))
    await tracking.complete_sla("a", "resolution", met=True)
    assert alarm.armed["acme", "a"].closed
    assert (await tracking.get_sla_status("a"))["ticket_id"] == "a"
    assert [one.change for one in alarm.calls] == [
        "start",
        "pause",
        "resume",
        "complete_resolution",
    ]
