"""What was spoilt is found by verification, and put right by folding tickets anew."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from ticket_clock_service.usecases.ticket import reconciled
from ticket_clock_service.usecases.verifying import verified

from ..desk import Desk, ago, opened, sla, status


async def found(desk: Desk, tenant: str = "acme") -> list[tuple[str, str]]:
    """(ticket, what) of all findings."""
    async with desk._begin({tenant}) as work:
        tickets = await work.page(tenant, None, "", 100)
        verification = await verified(work, desk.rulebooks, tenant, tickets)
    return [(one["ticket_id"], one["what"]) for one in verification.findings]


async def two_tickets(desk: Desk) -> None:
    """One that has crossed half of its target, and one that waits."""
    await desk.publish(sla(minutes=240))
    now = await desk.now()
    await desk.take(
        opened("INC-1", ago(now, minutes=150)),
        opened("INC-2", ago(now, minutes=150)),
        status("INC-2", ago(now, minutes=140), "waiting_on_customer"),
    )
    await desk.judge()
    assert await found(desk) == []


async def state(desk: Desk, ticket: str) -> Any:
    (row,) = await desk.rows("SELECT * FROM ticket WHERE ticket_id = $1", ticket)
    return row


SPOILT = [
    pytest.param(
        "UPDATE ticket SET state = convert_to(replace(convert_from(state, 'UTF8'),"
        " '\"elapsed\":600000000', '\"elapsed\":0'), 'UTF8')",
        "clocks (SHA-256)",
        id="another amount in a stored clock",
    ),
    pytest.param(
        "UPDATE ticket SET fold_version = 0, state = convert_to('{\"fold\": 0}', 'UTF8')",
        "picture",
        id="the picture of another release",
    ),
]


@pytest.mark.parametrize(("statement", "what"), SPOILT)
async def test_a_spoilt_picture_is_found_and_made_anew(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record], statement: str, what: str
) -> None:
    # given a ticket whose stored state somebody has changed
    await two_tickets(desk)
    good, told = (await state(desk, "INC-2"))["state"], await desk.events()
    await admin.execute(f"{statement} WHERE ticket_id = 'INC-2'")
    assert (await state(desk, "INC-2"))["state"] != good
    assert await found(desk) == [("INC-2", what)]

    # when all are rebuilt
    done = await desk.reconciler.rebuild([("acme", "INC-1"), ("acme", "INC-2")])

    # then the one is as it was, the other untouched, and nothing is told twice
    assert (done.tickets, done.changed, done.faulted) == (2, (("acme", "INC-2"),), ())
    assert (await state(desk, "INC-2"))["state"] == good
    assert await found(desk) == []
    again = await desk.reconciler.rebuild([("acme", "INC-1"), ("acme", "INC-2")])
    assert again.changed == ()
    crossings = [one for one in await desk.events() if one["data"]["change"]["announcement_id"]]
    assert crossings == [one for one in told if one["data"]["change"]["announcement_id"]]


async def test_an_announcement_that_no_fact_bears_out_is_found_and_taken_back(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    # given a breach in the ledger that never was
    await two_tickets(desk)
    await admin.execute(
        "INSERT INTO announcement (tenant_id, ticket_id, announcement_id, metric, cycle, agreement,"
        " priority, threshold, n, crossed_us, flags, announced_at)"
        " SELECT tenant_id, ticket_id, gen_random_uuid(), metric, cycle, agreement, priority,"
        " 'percent:100', 1, crossed_us, '{}', announced_at FROM announcement"
        " WHERE ticket_id = 'INC-1' AND metric = 'resolution'"
    )
    assert await found(desk) == [
        ("INC-1", "name of the announcement of percent:100 of resolution, cycle first"),
        ("INC-1", "announcement of percent:100 of resolution, cycle first"),
    ]

    # when
    done = await desk.reconciler.rebuild([("acme", "INC-1")])

    # then it is taken back, and what was told rightly stands
    assert done.changed == (("acme", "INC-1"),)
    assert await desk.told("INC-1") == [
        ("threshold_crossed", "percent:50", 1),
        ("retracted", "percent:100", 1),
    ]


async def test_a_changed_fact_is_found_by_its_hash(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    await two_tickets(desk)
    await admin.execute("ALTER TABLE fact DISABLE TRIGGER USER")
    await admin.execute(
        "UPDATE fact SET at_us = at_us - 60000000 WHERE ticket_id = 'INC-2' AND kind = 'updated'"
    )
    assert ("INC-2", "clocks (SHA-256)") in await found(desk)
    (name,) = [what for _, what in await found(desk) if what.startswith("fact ")]
    assert name.endswith("of '/desk' (SHA-256)")


async def test_a_ticket_that_cannot_be_folded_is_named_and_stops_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_tickets(desk)

    def spoilt(known: Any, *more: Any) -> Any:
        if known.picture is not None and known.picture.category.value == "waiting_on_customer":
            raise ZeroDivisionError("spoilt")
        return reconciled(known, *more)

    monkeypatch.setattr("ticket_clock_service.usecases.reconcile.reconciled", spoilt)
    done = await desk.reconciler.rebuild([("acme", "INC-1"), ("acme", "INC-2")])
    assert done.faulted == (("acme", "INC-2"),)
    monkeypatch.undo()
    assert ("INC-2", "fold") in await found(desk)
    healed = await desk.reconciler.rebuild([("acme", "INC-2")])
    assert healed.faulted == ()
    assert await found(desk) == []
