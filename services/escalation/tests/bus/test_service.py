"""The whole service on real parts: messages in, webhooks out, events out."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from slaclock.auth.roles import Role
from slaclock.contracts.canonical import canonical
from slaclock.testing.bus import Bus
from slaclock.testing.waiting import eventually

from .builders import Publish, Sink, agreement, clock_event, events_of, published, settled


async def test_from_announcement_to_webhook_and_back_on_the_bus(
    start: Callable[[], Any], publish: Publish, sink: Sink, topology: Bus
) -> None:
    # given a sink that refuses twice
    sink.refuse = 2
    sla = agreement(sink)
    async with start() as served:
        # when
        await publish(published(sla), clock_event("threshold_crossed", sla))
        found = await settled(served, 2)

        # then each action was delivered, and every attempt is on record
        assert {one["state"] for one in found} == {"delivered"}
        hook = next(one for one in found if one["action"]["channel"] == "webhook")
        client = await served.client("acme", Role.VIEWER)
        whole = (await client.get(f"/escalation/v1/escalations/{hook['escalation_id']}")).json()
        (delivery,) = whole["deliveries"]
        assert [(a["outcome"], a["error_code"]) for a in delivery["attempts"]] == [
            ("missed", "webhook.status-5xx"),
            ("missed", "webhook.status-5xx"),
            ("sent", None),
        ]
        assert len({headers["webhook-id"] for headers, _ in sink.got}) == 1
        assert sink.got[0][1]["due_at"] == "2026-03-02T11:00:00Z"

        # and others hear of it
        events = await events_of(topology, 4)
        assert Counter(event.type for event in events) == {
            "sla.escalation.raised": 2,
            "sla.escalation.delivered": 2,
        }


async def test_retracted_then_due_again_is_escalated_with_n_2(
    start: Callable[[], Any], publish: Publish, sink: Sink
) -> None:
    sla = agreement(sink)
    async with start() as served:
        # given a breach that people were told of
        await publish(published(sla), clock_event("breached", sla))
        await settled(served, 1)

        # when it is taken back and comes again
        await publish(clock_event("retracted", sla, threshold="percent:100"))
        await eventually(lambda: len(sink.got) == 2, 30)
        await publish(clock_event("breached", sla, n=2))
        found = await settled(served, 2)

    # then
    assert Counter((one["n"], one["state"]) for one in found) == {
        (1, "withdrawn"): 1,
        (2, "delivered"): 1,
    }
    assert sink.told == {
        ("INC-1", "sla.escalation.notice", 1): 1,
        ("INC-1", "sla.escalation.correction", 1): 1,
        ("INC-1", "sla.escalation.notice", 2): 1,
    }


async def test_historical_and_passed_over_notify_nobody(
    start: Callable[[], Any], publish: Publish, sink: Sink
) -> None:
    sla = agreement(sink)
    async with start() as served:
        await publish(
            published(sla),
            clock_event("breached", sla, ticket="old", historical=True),
            clock_event("threshold_crossed", sla, ticket="lower", passed_over=True),
            clock_event("breached", sla, ticket="new", provisional=True),
        )
        found = await settled(served, 4)

    assert Counter((one["ticket_id"], one["state"], one["silence"]) for one in found) == {
        ("old", "silent", "historical"): 1,
        ("lower", "silent", "passed_over"): 2,
        ("new", "delivered", None): 1,
    }
    ((_, document),) = sink.got
    assert document["ticket_id"] == "new"
    assert document["provisional"] is True


async def test_shuffled_and_doubled_clock_events_give_the_same_escalations(
    start: Callable[[], Any], publish: Publish, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given announcements of two tenants, some taken back, all within the time of settling
    monkeypatch.setenv("SLACLOCK_ESCALATION_SETTLE_SECONDS", "4")
    sla = agreement(sink)
    messages = [published(sla, tenant) for tenant in ("acme", "globex")]
    for tenant in ("acme", "globex"):
        for number in range(20):
            ticket = f"INC-{number}"
            messages.append(clock_event("breached", sla, ticket=ticket, tenant=tenant))
            if number % 3 == 0:
                messages.append(
                    clock_event(
                        "retracted", sla, ticket=ticket, threshold="percent:100", tenant=tenant
                    )
                )

    # when they come in any order, doubled, the agreements last of all for some
    chance = random.Random(7)
    doubled = [*messages, *messages]
    chance.shuffle(doubled)
    async with start() as served:
        await publish(*doubled, copies=True)
        found = await settled(served, 40, "acme", "globex")

    # then
    assert Counter(one["state"] for one in found) == {"withdrawn": 14, "delivered": 26}
    notices = Counter((doc["tenant"], doc["ticket_id"]) for _, doc in sink.got)
    assert len(notices) == 26
    assert set(notices.values()) == {1}


async def test_malformed_messages_are_parked_and_hold_up_nothing(
    start: Callable[[], Any], publish: Publish, sink: Sink
) -> None:
    sla = agreement(sink)
    subject, _, body = clock_event("breached", sla, ticket="INC-bad")
    document = json.loads(body)
    document["data"]["change"]["announcement_id"] = "not-a-uuid"
    altered = {**sla, "sla_id": "altered"}
    bad_agreement = json.loads(published(sla)[2])
    bad_agreement["data"]["snapshot"] = altered
    async with start() as served:
        # when
        await publish(
            (subject, "m1", b"not json"),
            (subject, "m2", canonical(document)),
            ("sla.agreement.published.v1.acme", "m3", canonical(bad_agreement)),
            published(sla),
            clock_event("breached", sla),
        )
        await settled(served, 1)

        # then
        manager = await served.client("acme", Role.MANAGER)

        async def parked() -> list[str]:
            items = (await manager.get("/escalation/v1/parked")).json()["items"]
            assert len(items) == 3
            return sorted(item["code"] for item in items)

        assert await eventually(parked) == [
            "agreement.hash-mismatch",
            "announcement.unusable",
            "event.malformed",
        ]


async def test_a_restart_loses_nothing_and_repeats_nothing(
    start: Callable[[], Any], publish: Publish, sink: Sink
) -> None:
    sla = agreement(sink)
    async with start():
        await publish(published(sla))
        await publish(*(clock_event("breached", sla, ticket=f"INC-{n}") for n in range(30)))
    await publish(*(clock_event("breached", sla, ticket=f"INC-{n}") for n in range(30, 40)))

    async with start() as served:
        found = await settled(served, 40)

    assert {one["state"] for one in found} == {"delivered"}
    assert set(sink.told.values()) == {1}


@pytest.mark.parametrize("late", [False, True], ids=["in order", "before the announcement"])
async def test_a_ticket_that_is_gone_withdraws_what_waits(
    start: Callable[[], Any],
    publish: Publish,
    sink: Sink,
    topology: Bus,
    monkeypatch: pytest.MonkeyPatch,
    late: bool,
) -> None:
    monkeypatch.setenv("SLACLOCK_ESCALATION_SETTLE_SECONDS", "60")
    sla = agreement(sink)
    gone = clock_event("cancelled", sla, threshold="percent:100", reason="deleted")
    told = [clock_event("breached", sla), gone]
    async with start() as served:
        await publish(published(sla), *(told[::-1] if late else told), gone, copies=True)
        (found,) = await settled(served, 1)
        assert found["state"] == "withdrawn"
        events = {event.type: event for event in await events_of(topology, 2)}
    assert events["sla.escalation.withdrawn"].data.reason == "deleted"
    assert events["sla.escalation.withdrawn"].causationid is not None
    assert sink.got == []
