"""Tell breaches as they become known, with what their SLA says about them.

    export SLACLOCK_URL=http://127.0.0.1:8080 SLACLOCK_API_KEY=...
    python examples/04_watch_breaches.py        # those of the last hour, then whatever comes
    python examples/04_watch_breaches.py 3      # until three were told

Any key will do, that of a viewer too.
"""

import asyncio
import os
import sys
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from slaclock.client import SlaClient, SLAService


async def main(most: int | None) -> None:
    """Print one line per breach, *most* in all."""
    told = 0
    async with SlaClient(os.environ["SLACLOCK_URL"], os.environ["SLACLOCK_API_KEY"]) as sla:
        since = datetime.now(UTC) - timedelta(hours=1)
        async with aclosing(SLAService(sla).monitor(since=since)) as breaches:
            async for breach in breaches:
                policy = breach.sla_policy.id if breach.sla_policy else "an unknown SLA"
                print(
                    f"{breach.breach_time:%F %T} {breach.ticket_id}: {breach.breach_type} "
                    f"missed under {policy}, severity {breach.severity}, "
                    f"assigned to {breach.technician_id or 'nobody'}",
                    flush=True,
                )
                told += 1
                if told == most:
                    return


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else None))
