"""How many open tickets an entry would reach, told before it is made; and then it does."""

from __future__ import annotations

import hashlib
from typing import Any

import asyncpg
import pytest
from pydantic import ValidationError

from slaclock.contracts.canonical import canonical
from slaclock.contracts.instants import rfc3339
from slaclock.contracts.reach import ReachedIn, ReachedOut
from slaclock.messaging.asking import NoAnswer
from ticket_clock_service.handlers.questions import reach_answer
from ticket_clock_service.store.terms import begin_terms
from ticket_clock_service.store.work import begin_work
from ticket_clock_service.usecases import reach as reaching
from ticket_clock_service.usecases.learn_terms import Snapshot, learn
from ticket_clock_service.usecases.rulebooks import Rulebooks

from ..desk import Desk, ago, opened, sla, status


def published(snapshot: dict[str, Any]) -> Snapshot:
    body = canonical(snapshot)
    return Snapshot("acme", hashlib.sha256(body).hexdigest(), snapshot["sla_id"], 1, body)


SILVER = published(sla("silver", minutes=600))


async def asked(desk: Desk, entry: dict[str, Any], tenant: str = "acme") -> ReachedOut:
    """What the question answers; *entry* as the sla service would publish it."""
    kind = "contract" if "contract_id" in entry else "assignment"
    question = ReachedIn.model_validate({kind: {"entry_id": "dry-run", **entry}})
    answer = reach_answer(
        lambda tenants: begin_work(desk.pool, desk.parking, tenants, steady=True),
        Rulebooks(),
        lambda: True,
    )
    return ReachedOut.model_validate_json(await answer(tenant, question.model_dump_json().encode()))


async def four_tickets(desk: Desk) -> None:
    """Gold by default: two for l1, of which one waits, one for l2, one that is resolved."""
    now = await desk.now()
    gold = published(sla("gold", minutes=6000))
    async with begin_terms(desk.pool, {"acme"}) as work:
        await learn(work, [gold, SILVER])
    await desk.learn(desk.entry("acme", "default", "default", agreement=gold.hash))
    start = ago(now, minutes=60)
    await desk.take(
        opened("A", start, group="l1", customer_id="initech"),
        opened("B", start, group="l1"),
        status("B", ago(now, minutes=50), "waiting_on_customer"),
        opened("C", start, group="l2"),
        opened("D", start, group="l1"),
        status("D", ago(now, minutes=40), "resolved"),
    )


@pytest.mark.parametrize(
    ("minutes_ago", "mode", "match", "tickets"),
    [
        pytest.param(30, "keep", {"group": "l1"}, 0, id="keep leaves open tickets alone"),
        pytest.param(30, "from_start", {"group": "l1"}, 2, id="active and paused, not resolved"),
        pytest.param(30, "from_effective_instant", {"group": "l2"}, 1, id="another group"),
        pytest.param(-60, "from_effective_instant", {"group": "l1"}, 2, id="once it takes effect"),
        pytest.param(90, "keep", {"group": "l1"}, 2, id="an instant before they were opened"),
        pytest.param(30, "from_start", {"group": "l9"}, 0, id="nobody's group"),
        pytest.param(30, "from_start", None, 3, id="the default"),
    ],
)
async def test_the_answer_is_what_then_happens(
    desk: Desk, minutes_ago: int, mode: str, match: dict[str, str] | None, tickets: int
) -> None:
    await four_tickets(desk)
    since = ago(await desk.now(), minutes=minutes_ago)
    entry: dict[str, Any] = {
        "kind": "default" if match is None else "assignment",
        "effective_from": rfc3339(since),
        "mode": mode,
        "agreement": SILVER.hash,
        "match": match,
    }
    found = await asked(desk, entry)
    assert (found.tickets, found.looked_at, found.complete) == (tickets, 3, True)
    if minutes_ago < 0:
        return
    more = {} if match is None else {"match": match}
    await desk.learn(
        desk.entry(
            "acme", "made", entry["kind"], since=since, mode=mode, agreement=SILVER.hash, **more
        )
    )
    await desk.sweep()
    bound = [(await desk.status(ticket))["binding"]["sla_id"] for ticket in "ABC"]
    assert bound.count("silver") == tickets


async def test_tickets_that_nothing_binds_are_reached_as_well(desk: Desk) -> None:
    # given an open ticket from before any agreement, and one that is done
    now = await desk.now()
    async with begin_terms(desk.pool, {"acme"}) as work:
        await learn(work, [SILVER])
    await desk.take(
        opened("A", ago(now, minutes=60)),
        opened("B", ago(now, minutes=60)),
        status("B", ago(now, minutes=40), "resolved"),
    )
    since = ago(now, minutes=30)
    entry: dict[str, Any] = {
        "kind": "default",
        "effective_from": rfc3339(since),
        "mode": "from_start",
        "agreement": SILVER.hash,
    }

    # when somebody asks, then it is told what then happens
    found = await asked(desk, entry)
    assert (found.tickets, found.looked_at, found.complete) == (1, 1, True)
    assert (await asked(desk, {**entry, "mode": "keep"})).tickets == 0
    await desk.learn(
        desk.entry("acme", "x", "default", since=since, mode="from_start", agreement=SILVER.hash)
    )
    await desk.sweep()
    bound = [(await desk.status(ticket))["binding"]["sla_id"] for ticket in "AB"]
    assert bound == ["silver", None]


async def test_pictures_of_another_release_are_folded_from_their_facts(
    desk: Desk, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    # given tickets that were stored before the fold changed
    await four_tickets(desk)
    await admin.execute("UPDATE ticket SET state = convert_to('{\"fold\": 0}', 'UTF8')")
    entry: dict[str, Any] = {
        "kind": "default",
        "effective_from": rfc3339(ago(await desk.now(), minutes=30)),
        "mode": "from_start",
        "agreement": SILVER.hash,
    }

    # then they are counted, not passed over
    found = await asked(desk, entry)
    assert (found.tickets, found.looked_at, found.complete) == (3, 3, True)


async def test_a_change_order_reaches_the_tickets_of_its_contract(desk: Desk) -> None:
    await four_tickets(desk)
    now = await desk.now()
    quote = {
        "contract_id": "c1",
        "customer_id": "initech",
        "agreement": SILVER.hash,
        "effective_from": rfc3339(ago(now, minutes=90)),
        "cause": {"kind": "quote", "id": "q1"},
    }
    order = {
        **quote,
        "effective_from": rfc3339(ago(now, minutes=30)),
        "mode": "from_start",
        "cause": {"kind": "change_order", "id": "co1"},
    }
    assert (await asked(desk, quote)).tickets == 1
    assert (await asked(desk, order)).tickets == 0, "no quote has begun the contract"


async def test_other_tenants_are_not_counted(desk: Desk) -> None:
    await four_tickets(desk)
    entry = {
        "kind": "default",
        "effective_from": "1970-01-01T00:00:00Z",
        "agreement": SILVER.hash,
    }
    assert (await asked(desk, entry, tenant="globex")).looked_at == 0


async def test_a_part_is_called_a_part(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "PAGE", 1)
    monkeypatch.setattr(reaching, "LOOKED_AT", 2)
    await four_tickets(desk)
    entry = {
        "kind": "default",
        "effective_from": rfc3339(await desk.now()),
        "agreement": SILVER.hash,
        "mode": "from_start",
    }
    found = await asked(desk, entry)
    assert (found.tickets, found.looked_at, found.complete) == (2, 2, False)


async def test_nothing_is_answered_before_the_terms_have_been_read(desk: Desk) -> None:
    answer = reach_answer(
        lambda tenants: begin_work(desk.pool, desk.parking, tenants, steady=True),
        Rulebooks(),
        lambda: False,
    )
    entry = {
        "entry_id": "x",
        "kind": "default",
        "effective_from": "1970-01-01T00:00:00Z",
        "agreement": None,
    }
    question = ReachedIn.model_validate({"assignment": entry}).model_dump_json().encode()
    with pytest.raises(NoAnswer):
        await answer("acme", question)
    with pytest.raises(ValidationError):
        await answer("acme", b"{}")
