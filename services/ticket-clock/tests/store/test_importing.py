"""Imports: held while they run, history when they end, and live facts in between."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from slaclock.testing import eventually
from ticket_clock_service.ports import Reported

from ..desk import Desk, ago, opened, replied, sla, status

RUN: dict[str, Any] = {"origin": "import", "run": "run-1"}
EVERYTHING = ("SELECT * FROM ticket ORDER BY 1, 2", "SELECT * FROM outbox ORDER BY position")


async def flags(desk: Desk, threshold: str, ticket: str = "INC-1") -> dict[str, bool]:
    """Of the standing announcement about the resolution clock."""
    (row,) = await desk.rows(
        "SELECT flags FROM announcement WHERE ticket_id = $1 AND threshold = $2"
        " AND metric = 'resolution' AND retracted_at IS NULL",
        ticket,
        threshold,
    )
    found: dict[str, bool] = row["flags"]
    return found


async def importing(desk: Desk) -> set[str]:
    rows = await desk.rows("SELECT ticket_id FROM ticket WHERE importing_until IS NOT NULL")
    return {row["ticket_id"] for row in rows}


async def test_live_facts_during_an_import_wait_with_it_and_later_thresholds_notify(
    desk: Desk,
) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    start = ago(now, minutes=180) + timedelta(seconds=8)  # percent:75 is 8 seconds ahead
    await desk.take(opened("INC-1", start, **RUN))
    await desk.take(replied("INC-1", start + timedelta(minutes=10)))
    await desk.take(status("INC-1", start + timedelta(minutes=130), "in_progress"))
    await desk.judge()
    assert await desk.told("INC-1") == [], "held, although a live fact proves percent:50"
    await desk.end_import("run-1")
    assert await desk.told("INC-1") == [("threshold_crossed", "percent:50", 1)]
    assert await flags(desk, "percent:50") == {"historical": True}

    async def told() -> bool:
        await desk.judge()
        return len(await desk.told("INC-1")) == 2

    await eventually(told)
    assert await flags(desk, "percent:75") == {}, "people are told of what comes afterwards"


async def test_importing_twice_changes_nothing(desk: Desk) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    story = [
        opened("INC-1", ago(now, minutes=500), **RUN),
        status("INC-1", ago(now, minutes=400), "resolved", **RUN),
        opened("INC-2", ago(now, minutes=130), **RUN),
    ]
    await desk.take(*story)
    await desk.end_import("run-1")
    before = [await desk.rows(query) for query in EVERYTHING]
    again = [opened("INC-1", ago(now, minutes=500), origin="import", run="run-2"), *story]
    random.Random(3).shuffle(again)
    assert await desk.take(*again) == 0
    await desk.end_import("run-2")
    assert [await desk.rows(query) for query in EVERYTHING] == before
    assert await desk.parked() == []


async def test_a_second_import_holds_again_what_it_adds_to(desk: Desk) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=100), **RUN))
    await desk.end_import("run-1")
    assert await importing(desk) == set()
    more = {"origin": "import", "run": "run-2"}
    await desk.take(opened("INC-2", ago(now, minutes=130), **more))
    await desk.take(status("INC-1", ago(now, minutes=90), "in_progress", **more))
    assert await importing(desk) == {"INC-1", "INC-2"}
    await desk.end_import("run-1")
    assert await importing(desk) == {"INC-1", "INC-2"}, "that run has nothing to say of them"
    await desk.end_import("run-2", tenant="globex")
    assert await importing(desk) == {"INC-1", "INC-2"}, "nor has another tenant's"
    await desk.end_import("run-2")
    assert await importing(desk) == set()
    assert await flags(desk, "percent:50", "INC-2") == {"historical": True}


async def test_an_import_in_the_order_of_time_ends_when_all_of_it_is_quiet(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    """The rest of a ticket may come much later in the run than its last fact so far."""

    async def quiet(*tickets: str) -> None:
        await admin.execute(
            "UPDATE ticket SET importing_until = clock_timestamp(), next_due_at = clock_timestamp()"
            " WHERE ticket_id = ANY ($1::text[])",
            tickets,
        )

    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=600), **RUN))
    await desk.take(opened("INC-2", ago(now, minutes=590), **RUN))
    await quiet("INC-1")
    await desk.judge()
    assert await importing(desk) == {"INC-1", "INC-2"}, "its run goes on with other tickets"
    assert await desk.told("INC-1") == []
    await desk.take(status("INC-1", ago(now, minutes=580), "resolved", **RUN))

    await admin.execute("ALTER TABLE fact DISABLE TRIGGER ALL")
    await admin.execute("UPDATE fact SET recorded_at = recorded_at - interval '31 seconds'")
    await quiet("INC-1", "INC-2")
    await desk.judge()
    assert await importing(desk) == set()
    kinds = {event["data"]["change"]["kind"] for event in await desk.events(ticket="INC-1")}
    assert kinds.isdisjoint({"breached", "retracted"}), "nothing was told too early"
    assert ("breached", "percent:100", 1) in await desk.told("INC-2")
    assert (await flags(desk, "percent:100", "INC-2"))["historical"]


async def test_facts_that_name_no_run_end_with_their_ticket_s_quiet(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(opened("INC-1", ago(now, minutes=130), origin="import"))
    await desk.take(opened("INC-2", ago(now, minutes=130), origin="import"))
    await admin.execute(
        "UPDATE ticket SET importing_until = clock_timestamp(), next_due_at = clock_timestamp()"
        " WHERE ticket_id = 'INC-1'"
    )
    await desk.judge()
    assert await importing(desk) == {"INC-2"}


@pytest.mark.parametrize("size", [1, 3, 50])
async def test_however_an_import_is_cut_it_ends_in_the_same_bytes(desk: Desk, size: int) -> None:
    await desk.publish(sla(minutes=240))
    facts = story(await desk.now() - timedelta(days=3))
    for ticket in ("A", "B"):
        shuffled = list(facts)
        random.Random(size).shuffle(shuffled)
        own = [_of(ticket, one) for one in (facts if ticket == "A" else shuffled)]
        for index in range(0, len(own), size):
            await desk.take(*own[index : index + size])
            await desk.judge()
    await desk.end_import("run-1")
    states = await desk.rows("SELECT DISTINCT state FROM ticket")
    assert len(states) == 1
    told = [await desk.told(ticket) for ticket in ("A", "B")]
    assert told[0] == told[1]
    assert all(kind != "retracted" for kind, _, _ in told[0])


def story(start: datetime) -> list[tuple[str, datetime]]:
    names = ["open", "waiting_on_customer", "in_progress", "resolved", "open", "on_hold", "closed"]
    return [(name, start + timedelta(minutes=37 * n)) for n, name in enumerate(names)]


def _of(ticket: str, one: tuple[str, datetime]) -> Reported:
    name, at = one
    if name == "open":
        return opened(ticket, at, event_id=f"{at}", **RUN)
    return status(ticket, at, name, event_id=f"{at}", **RUN)
