"""Server and worker are killed without a word; every ticket is woken all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from temporalio.client import Client

from slaclock.embedded.temporal import TemporalServer
from slaclock.testing.waiting import eventually
from ticket_clock_service.handlers.temporal.alarm import TemporalAlarm
from ticket_clock_service.handlers.temporal.link import Link, Place, linked
from ticket_clock_service.timer_ports import BackendDown

from .conftest import Opened, is_healthy
from .tickets import Tickets, now, soon

pytestmark = pytest.mark.faults


async def test_a_killed_server_forgets_nothing(
    opened: Opened, tickets: Tickets, temporal_server: TemporalServer
) -> None:
    names = [f"T{n}" for n in range(20)]
    async with opened() as alarm:
        for n, name in enumerate(names):
            tickets.put(name, soon(3 + n / 20), soon(5 + n / 20))
        await alarm.arm([tickets.arming(name, "start") for name in names])
        place = await alarm.place()
        temporal_server.kill()

        await eventually(lambda: is_unhealthy(alarm))
        with pytest.raises(BackendDown):
            await alarm.arm([tickets.arming("T1")])
        await eventually(lambda: now() > max(row.due[0] for row in tickets.rows.values()))

        temporal_server.start()
        await eventually(lambda: is_healthy(alarm))
        assert await alarm.place() == place
        await eventually(lambda: len(tickets.judged) == 2 * len(names), timeout=60)
    assert all(due <= at for _, due, at in tickets.judged)
    assert all(len(set(tickets.fired(name))) == 2 for name in names)


async def test_a_server_that_lost_everything_is_another_place(
    opened: Opened, tickets: Tickets, temporal_server: TemporalServer
) -> None:
    async with opened() as alarm:
        place = await alarm.place()
        temporal_server.kill()
        for file in temporal_server.database.parent.glob("temporal.db*"):
            file.unlink()
        temporal_server.start()
        await eventually(lambda: is_healthy(alarm))
        assert await alarm.place() != place


async def test_without_a_worker_it_is_not_healthy(
    opened: Opened, temporal_server: TemporalServer, tickets: Tickets
) -> None:
    alarm = await without_worker(temporal_server, tickets)
    assert not await is_healthy(alarm)
    async with opened():
        await eventually(lambda: is_healthy(alarm))
    assert not await is_healthy(alarm)


async def test_a_namespace_that_is_not_there_is_told_of(temporal_server: TemporalServer) -> None:
    async with linked(Place(temporal_server.address, namespace="nobody"), []) as link:
        await eventually(lambda: "nobody" in reason(link))


def reason(link: Link) -> str:
    try:
        link.client()
    except BackendDown as down:
        return str(down)
    return ""


async def test_it_opens_while_the_server_is_away(
    opened: Opened, temporal_server: TemporalServer
) -> None:
    temporal_server.stop()
    async with opened(ready=False) as alarm:
        for call in (alarm.healthy, alarm.place):
            with pytest.raises(BackendDown):
                await call()
        temporal_server.start()
        await eventually(lambda: is_healthy(alarm))


async def test_a_killed_worker_is_replaced_by_any_other(
    opened: Opened,
    tickets: Tickets,
    temporal_server: TemporalServer,
    tmp_path: Path,
) -> None:
    written = tmp_path / "woken"
    written.touch()
    worker = subprocess.Popen(
        [
            sys.executable,
            Path(__file__).parent / "sleepless.py",
            temporal_server.address,
            tickets.tenant,
            written,
        ]
    )
    try:
        alarm = await without_worker(temporal_server, tickets)
        await eventually(lambda: is_healthy(alarm), timeout=60)
        for name, seconds in (("early", 0.5), ("late", 4.0)):
            tickets.put(name, soon(seconds))
            await alarm.arm([tickets.arming(name, "start")])
        await eventually(lambda: "early" in woken(written))
    finally:
        worker.kill()
        worker.wait()
    async with opened():
        await eventually(lambda: tickets.fired("late"))
    assert woken(written) == {"early"}
    assert [name for name, _, _ in tickets.woken] == ["late"]


async def is_unhealthy(alarm: TemporalAlarm) -> bool:
    return not await is_healthy(alarm)


async def without_worker(server: TemporalServer, tickets: Tickets) -> TemporalAlarm:
    """Arms, and leaves it to others to wake."""
    link = Link(Place(server.address, task_queue=tickets.tenant))
    link.up(await Client.connect(server.address))
    return TemporalAlarm(link)


def woken(file: Path) -> set[str]:
    return {line.split()[0] for line in file.read_text(encoding="utf-8").splitlines()}
