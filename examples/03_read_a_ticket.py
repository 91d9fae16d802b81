"""Show where the clocks of a ticket stand.

    export SLACLOCK_URL=http://127.0.0.1:8080 SLACLOCK_API_KEY=...
    python examples/03_read_a_ticket.py INC-1

Any key will do, that of a viewer too.
"""

import asyncio
import os
import sys

from slaclock.client import SlaClient


async def main(ticket: str) -> None:
    """Print one line per clock."""
    async with SlaClient(os.environ["SLACLOCK_URL"], os.environ["SLACLOCK_API_KEY"]) as sla:
        found = await sla.ticket(ticket)
    print(f"{found.ticket_id} is {found.status} ({found.priority})")
    for clock in found.clocks:
        due = f"{clock.due_at:%F %T %Z}" if clock.due_at else "when it goes on"
        print(f"  {clock.metric}: {clock.state}, {clock.outcome}; due {due}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "INC-1"))
