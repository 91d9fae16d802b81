"""A worker in a process of its own, to be killed: wakes tickets and writes down which and when.

python sleepless.py ADDRESS TASK_QUEUE FILE
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from ticket_clock_service.handlers.temporal.activity import wake_activity
from ticket_clock_service.handlers.temporal.link import Place, linked
from ticket_clock_service.timer_ports import Woken


async def work(address: str, queue: str, file: Path) -> None:
    """Until it is killed."""

    async def wake(_: str, ticket: str, revision: int) -> Woken:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(f"{ticket} {datetime.now(UTC).isoformat()}\n")
        return Woken(revision + 1, None, closed=False, result="judged")

    async with linked(Place(address, task_queue=queue), [wake_activity(wake)]):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
