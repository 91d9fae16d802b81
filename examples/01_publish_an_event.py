"""Tell slaclock that a ticket was opened, with nothing but a NATS client.

    python examples/01_publish_an_event.py INC-1

A platform must run here (`slaclock up` or `make demo`): its address and the help desk's
credentials are read from `.slaclock`, or from the directory that SLACLOCK_HOME names.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import nats

HOME = Path(os.environ.get("SLACLOCK_HOME", ".slaclock"))


def opened(ticket: str, tenant: str) -> dict[str, object]:
    """The CloudEvent. The same id means the same event: sending it twice is harmless."""
    return {
        "specversion": "1.0",
        "id": f"{ticket}/opened",
        "source": "/my-helpdesk",
        "type": "sla.ticket.opened",
        "subject": ticket,
        "time": datetime.now(UTC).isoformat(),
        "tenant": tenant,
        "data": {"ticket_id": ticket, "status": "open", "priority": "P2", "group": "l1"},
    }


async def main(ticket: str) -> None:
    """Publish, and wait for the broker's word that it is stored."""
    runtime = json.loads((HOME / "runtime.json").read_text())
    credentials = json.loads((HOME / "credentials.json").read_text())
    tenant, helpdesk = credentials["tenant"], credentials["nats"]["helpdesk"]

    client = await nats.connect(
        runtime["nats"], user=helpdesk["user"], password=helpdesk["password"]
    )
    stored = await client.jetstream().publish(
        f"sla.ticket.opened.v1.{tenant}", json.dumps(opened(ticket, tenant)).encode()
    )
    print(f"{ticket}: message {stored.seq} of the stream {stored.stream}")
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "INC-1"))
