"""Records histories for `test_replay.py`, on a real server.

Run it after a change of the workflow that is meant to hold for new tickets only, and keep the
former histories: tickets that sleep with them are out there.

    python services/ticket-clock/tests/temporal/record.py NAME_OF_THE_CHANGE
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from socket import gethostname
from tempfile import TemporaryDirectory
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from temporal.tickets import Tickets, soon  # type: ignore[import-not-found,unused-ignore]
from temporalio.client import Client

from slaclock.embedded.sockets import free_port
from slaclock.embedded.temporal import TemporalServer
from slaclock.testing.waiting import eventually
from ticket_clock_service.handlers.temporal import workflow
from ticket_clock_service.handlers.temporal.activity import wake_activity
from ticket_clock_service.handlers.temporal.alarm import TemporalAlarm
from ticket_clock_service.handlers.temporal.link import Place, linked
from ticket_clock_service.handlers.temporal.wire import workflow_id
from ticket_clock_service.timer_ports import BackendDown

HISTORIES = Path(__file__).parent / "histories"
Story = Callable[[TemporalAlarm, Tickets], Awaitable[None]]


async def lived(alarm: TemporalAlarm, tickets: Tickets) -> None:
    """Opened, warned, answered, paused, resumed, warned, solved."""
    tickets.put("T", soon(0.3), soon(3600))
    await alarm.arm([tickets.arming("T", "start")])
    await eventually(lambda: len(tickets.judged) == 1)
    tickets.put("T", soon(3600))
    await alarm.arm([tickets.arming("T", "complete_response")])
    tickets.put("T")
    await alarm.arm([tickets.arming("T", "pause")])
    await asyncio.sleep(0.5)
    tickets.put("T", soon(0.5), soon(3600))
    await alarm.arm([tickets.arming("T", "resume")])
    await eventually(lambda: len(tickets.judged) == 2)
    tickets.put("T", closed=True)
    await alarm.arm([tickets.arming("T", "complete_resolution")])


async def corrected(alarm: TemporalAlarm, tickets: Tickets) -> None:
    """Early by the database, held, another instant, old news, deleted."""
    tickets.put("T", soon(2.0))
    await alarm.arm([tickets.arming("T", "start")])
    tickets.put("T", soon(3.0))
    await eventually(lambda: any(result == "early" for _, _, result in tickets.woken))
    tickets.held = True
    await eventually(lambda: any(result == "held" for _, _, result in tickets.woken))
    tickets.held = False
    await eventually(lambda: tickets.judged)
    old = tickets.arming("T")
    tickets.put("T", soon(1800))
    await alarm.arm([tickets.arming("T")])
    await alarm.arm([old])
    tickets.put("T", closed=True)
    await alarm.arm([tickets.arming("T", "cancel")])


async def continued(alarm: TemporalAlarm, tickets: Tickets) -> None:
    """More signals than one run takes; the history is that of the last run."""
    for _ in range(12):
        tickets.put("T", soon(3600))
        await alarm.arm([tickets.arming("T", "rearm")])
    await asyncio.sleep(0.5)
    tickets.put("T", closed=True)
    await alarm.arm([tickets.arming("T", "complete_resolution")])


STORIES: dict[str, Story] = {"lived": lived, "corrected": corrected, "continued": continued}


async def record(change: str) -> None:
    """Let each story happen and write its history."""
    vars(workflow)["SIGNALS_A_RUN"] = 10  # so that a story stays short
    with TemporaryDirectory() as name:
        directory = Path(name)
        server = TemporalServer(
            directory / "temporal.db", port=free_port(), log=directory / "temporal.log"
        )
        server.start()
        try:
            for story, happen in STORIES.items():
                await _record(server.address, story, happen, HISTORIES / f"{change}-{story}.json")
        finally:
            server.kill()


async def _record(address: str, story: str, happen: Story, file: Path) -> None:
    tickets = Tickets(tenant=story)
    place = Place(address, task_queue=story)
    async with linked(place, [wake_activity(tickets.wake)]) as link:
        alarm = TemporalAlarm(link)

        async def healthy() -> bool:
            with suppress(BackendDown):
                await alarm.healthy()
                return True
            return False

        await eventually(healthy)
        await happen(alarm, tickets)
        client = await Client.connect(address)
        handle = client.get_workflow_handle(workflow_id(story, "T"))
        await handle.result()
        history = json.loads((await handle.fetch_history()).to_json())
    file.write_text(json.dumps(_nameless(history), indent=1) + "\n", encoding="utf-8")


def _nameless(found: Any) -> Any:
    """Without the name of this machine, and without its folders: those stand in stack traces."""
    if isinstance(found, str):
        return re.sub(rf"([-@]){re.escape(gethostname())}\b", r"\1recorder", found)
    if isinstance(found, list):
        return [_nameless(one) for one in found]
    if not isinstance(found, dict):
        return found
    kept = {name: value for name, value in found.items() if name != "stackTrace"}
    return {name: _nameless(value) for name, value in kept.items()}


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1]))
