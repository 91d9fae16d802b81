"""What every backend must do, whichever wakes the tickets: the same announcements, in time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from slaclock.testing import eventually

from .agreements import agreement, cases
from .behaviours import shows
from .site import Site, event, opened, replied, status


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


async def until(instant: datetime) -> None:
    """Time that must pass so that nothing can have happened in it."""
    await asyncio.sleep(max(0.0, (instant - datetime.now(UTC)).total_seconds()))


async def test_tickets_are_woken_on_their_instant(site: Site) -> None:
    """Weekday, weekend, holiday, yearly holiday, pause, 24x7, New York, London, across DST."""
    due = soon(6)
    tickets = cases(due)
    await site.desk.publish(
        agreement(
            {
                name: ("24x7" if case.calendar is None else name, case.minutes)
                for name, case in tickets.items()
            },
            {name: case.calendar for name, case in tickets.items() if case.calendar},
        )
    )
    events = []
    for name, case in tickets.items():
        events.append(opened(name, case.opened_at, priority=name))
        if case.waits:
            events.append(status(name, case.waits[0], "waiting_on_customer"))
            events.append(status(name, case.waits[1], "open"))
    await site.report(*events)
    assert {name: await site.next_due(name) for name in tickets} == dict.fromkeys(tickets, due)
    for name in tickets:
        assert await site.has_told(name, "percent:100") == due
        assert (await site.kinds(name)).count("breached") == 1


@shows(
    "50, 75 and 90 % announced in time, 100 % as the breach, each once",
    "crossing one threshold arms the next, beyond 100 % too",
)
async def test_each_threshold_is_announced_once_and_in_time(site: Site) -> None:
    """50, 75 and 90 % are crossings, 100 % is the breach; what is crossed arms what comes next."""
    percents = (50, 75, 90, 100)
    await site.desk.publish(
        agreement(
            {"P2": ("24x7", 240), "minute": ("24x7", 1)},
            thresholds=("percent:50", "percent:75", "percent:90", "percent:100", "percent:105"),
        )
    )
    target, minute = timedelta(minutes=240), timedelta(minutes=1)
    at = soon(4)
    since = at - minute * 0.95
    await site.report(
        *[opened(f"T{percent}", at - target * percent / 100) for percent in percents],
        opened("chain", since, priority="minute"),
    )
    for percent in percents:
        assert await site.has_told(f"T{percent}", f"percent:{percent}") == at
    for percent in (100, 105):
        assert await site.has_told("chain", f"percent:{percent}") == since + minute * percent / 100
    for ticket in [*(f"T{percent}" for percent in percents), "chain"]:
        told = [(one["kind"], one["threshold"]) for one in await site.changes(ticket)]
        assert len(told) == len(set(told)), "nothing is told twice"
        assert all((kind == "breached") == (point == "percent:100") for kind, point in told[1:])


@shows(
    "pause: not woken; resume: woken so much later",
    "complete: not woken any more",
    "cancel (the ticket is deleted): not woken any more, told once",
    "another priority: woken by its target, at once if that has passed",
    "an answer moves only the clock that it fulfils",
    "events that come twice change nothing",
)
async def test_pausing_resuming_completing_and_cancelling_move_the_wake_up(site: Site) -> None:
    await site.desk.publish(
        agreement({"P1": ("24x7", 30), "P2": ("24x7", 60)}, thresholds=("percent:100",))
    )
    due = soon(8)
    since = due - timedelta(minutes=60)
    earlier = due - timedelta(seconds=3)
    names = ("paused", "resumed", "resolved", "deleted", "answered", "urgent")
    await site.report(*[opened(name, since) for name in names])
    now = datetime.now(UTC)
    gone = event("deleted", "deleted", now, reason="deleted", into=None)
    await site.report(
        status("paused", now, "waiting_on_customer"),
        status("resumed", now - timedelta(minutes=10), "waiting_on_customer"),
        status("resumed", now - timedelta(minutes=10) + timedelta(seconds=4), "open"),
        status("resolved", now, "resolved"),
        gone,
        gone,
        opened("answered", since),
        replied("answered", now),
        event("updated", "urgent", now, changes={"priority": "P1"}),
        event("updated", "urgent-later", now, changes={"priority": "P1"}),
        opened("urgent-later", earlier - timedelta(minutes=30)),
    )
    for name in ("paused", "resolved", "deleted"):
        assert await site.next_due(name) is None
    assert await site.has_told("urgent-later", "percent:100") == earlier
    assert await site.has_told("answered", "percent:100") == due
    assert await site.has_told("resumed", "percent:100") == due + timedelta(seconds=4)
    for name in ("paused", "resolved", "deleted"):
        assert "breached" not in await site.kinds(name)
    assert (await site.kinds("resolved"))[-1] == "met"
    assert (await site.kinds("deleted")).count("cancelled") == 1
    assert "breached" in await site.kinds("urgent"), "its new target had passed"
    resumed_at = datetime.now(UTC)
    await site.report(status("paused", resumed_at, "open"))
    paused_for = resumed_at - now
    assert await site.next_due("paused") == due + paused_for
    assert await site.has_told("paused", "percent:100") == due + paused_for


@shows("tickets without terms, or closed from the start, rest")
async def test_what_nobody_armed_wakes_nobody(site: Site) -> None:
    """A ticket without terms, and one that is closed from the start, are at rest."""
    await site.desk.publish(agreement({"P1": ("24x7", 1)}))
    now = datetime.now(UTC)
    await site.report(
        opened("unbound", now - timedelta(hours=1), priority="P9"),
        opened("closed", now - timedelta(hours=1), priority="P1", status="closed"),
    )
    for ticket in ("unbound", "closed"):
        assert await site.next_due(ticket) is None
        assert "breached" not in await site.kinds(ticket)


@shows("hundreds due at one instant (dozens under `temporal`) are all woken")
async def test_hundreds_due_at_once_are_all_woken(site: Site, backend: str) -> None:
    """Dozens under Temporal: each costs its dev server the work of a thousand rows."""
    await site.desk.publish(agreement({"P2": ("24x7", 60)}))
    due = soon(8)
    tickets = [f"INC-{number}" for number in range(30 if backend == "temporal" else 300)]
    await site.report(*[opened(ticket, due - timedelta(minutes=60)) for ticket in tickets])
    assert datetime.now(UTC) < due, "the machine is too slow for this test"
    for ticket in (tickets[0], tickets[len(tickets) // 2], tickets[-1]):
        await site.has_told(ticket, "percent:100")

    async def told() -> bool:
        rows = await site.desk.rows("SELECT count(*) AS n FROM announcement")
        return bool(rows[0]["n"] == len(tickets))

    await eventually(told)
