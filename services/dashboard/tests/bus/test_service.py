"""The whole service on real parts: messages in, figures out."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest

from slaclock.auth import unguarded
from slaclock.auth.roles import Role
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served
from slaclock.testing.waiting import eventually

from .builders import Publish, breached, clock, effect, message, met, published

Start = Callable[[], Any]
BAD = {"severity": "CRITICAL", "customer_impact": "shop is closed 🔒"}
OLA: dict[str, Any] = {"agreement_type": "ola", "owner_group": "network"}
LISTS = ["at-risk", "breaches", "escalations"]


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


async def asked(client: httpx.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    answer = await client.get(f"/dashboard/v1/{path}", params=query or None)
    assert answer.status_code == 200, answer.text
    return cast("dict[str, Any]", answer.json())


async def has(client: httpx.AsyncClient, path: str, count: int, of: str = "items") -> Any:
    """The list at *path*, once it has *count* entries."""

    async def look() -> Any:
        found = (await asked(client, path))[of]
        assert len(found) == count, found
        return found

    return await eventually(look, 60)


async def test_from_the_bus_to_the_figures(start: Start, publish: Publish, now: datetime) -> None:
    # given
    today = (now + timedelta(minutes=40)).date().isoformat()
    await publish(
        published(now),
        clock("started", "🔥 <b>", now, reached=(50,)),
        clock("threshold_crossed", "🔥 <b>", now, revision=2, reached=(50, 75)),
        breached("INC-2", now - timedelta(minutes=10), due_on=today, **BAD),
        met("INC-3", now),
        clock("paused", "INC-4", now, state="paused", due_at=None, due_on=today, priority="P2"),
        effect("raised", 2, now),
        effect("delivered", 2, now, attempt=1),
        clock("started", "INC-3", now, cycle="ola", **OLA),
        breached("INC-3", now - timedelta(minutes=9), cycle="ola-2", **OLA),
        effect("raised", 5, now),
        effect("withdrawn", 5, now, reason="merged"),
    )

    # when
    async with start() as served:
        viewer = await served.client("acme", Role.VIEWER)
        await eventually(lambda: names_its_agreement(viewer), 60)
        [risk] = await has(viewer, "at-risk", 1)
        [missed] = await has(viewer, "breaches", 1)
        effects = await eventually(lambda: settled(viewer), 60)
        told, withdrawn = effects["delivered"], effects["withdrawn"]
        by_priority = await has(viewer, "compliance", 2, of="groups")
        [by_group] = await has(viewer, "compliance?by=group", 1, of="groups")
        overview = await asked(viewer, "overview", since=(now - timedelta(hours=1)).isoformat())
        [day] = (await asked(viewer, "trend"))["days"]
        [of_network] = await has(viewer, "compliance?agreement_type=ola", 1, of="groups")
        [of_group] = await has(viewer, "breaches?agreement_type=ola", 1)

    # then the list counts in business time, and says how it goes on
    assert (risk["ticket_id"], risk["metric"], risk["sla"]) == ("🔥 <b>", "resolution", "Gold")
    assert (risk["sla_id"], risk["sla_version"], len(risk["snapshot"])) == ("gold", 1, 64)
    assert 0 < risk["remaining_seconds"] <= 40 * 60
    assert risk["pace"] == {"running": True, "turns_at": None}
    # and OLAs are counted by themselves, by the group whose time they measure
    assert (of_network["key"], of_network["pending"], of_network["breached"]) == ("network", 1, 1)
    assert (of_group["ticket_id"], of_group["owner_group"]) == ("INC-3", "network")
    # and a breach that is still open counts on
    assert (missed["ticket_id"], missed["state"]) == ("INC-2", "active")
    assert BAD.items() <= missed.items(), "and says how bad it is"
    assert (risk["severity"], risk["customer_impact"]) == (None, None)
    assert missed["remaining_seconds"] <= -600
    # and an address shows its host only
    assert (told["to"], told["attempts"], told["reason"]) == ("sink.example", 1, None)
    # and what was withdrawn says why
    assert (withdrawn["ticket_id"], withdrawn["reason"]) == ("INC-5", "merged")
    # and everything is counted once
    assert by_priority == [
        {"key": "P1", "met": 1, "breached": 1, "pending": 1, "cancelled": 0, "compliance": 0.5},
        {"key": "P2", "met": 0, "breached": 0, "pending": 1, "cancelled": 0, "compliance": None},
    ]
    assert (by_group["key"], by_group["pending"]) == ("l1", 2)
    assert (day["day"], day["met"], day["breached"]) == (today, 1, 1)
    assert (overview["running"], overview["paused"]) == (2, 1)
    assert (overview["at_risk"], overview["overdue"]) == (1, 1)
    assert overview["breached_since"]["clocks"] == 1
    assert 0 <= overview["lag_seconds"] < 10


async def names_its_agreement(client: httpx.AsyncClient) -> bool:
    """Agreements come by a consumer of their own, before or after the clocks."""
    return [one["sla"] for one in (await asked(client, "at-risk"))["items"]] == ["Gold"]


async def settled(client: httpx.AsyncClient) -> dict[str, Any] | None:
    """The two effects by their last state."""
    found = {one["state"]: one for one in (await asked(client, "escalations"))["items"]}
    return found if set(found) == {"delivered", "withdrawn"} else None


async def test_shuffled_and_doubled_events_give_the_same_figures(
    start: Start, publish: Publish, now: datetime
) -> None:
    # given the same story for two tenants
    def story(tenant: str) -> list[Any]:
        told = []
        for number in range(30):
            ticket = f"INC-{number}"
            more: Any = {"tenant": tenant, "priority": f"P{number % 4 + 1}"}
            told += [
                clock("started", ticket, now, revision=1, **more),
                breached(ticket, now, revision=2, **more),
                clock("retracted", ticket, now, revision=3, **more),
                met(ticket, now, revision=4, **more),
                effect("raised", number, now, tenant=tenant),
                effect("failed", number, now, tenant=tenant, attempt=1, error="HTTP 503"),
                effect("delivered", number, now, tenant=tenant, attempt=2),
            ]
            if number % 3 == 0:
                told.append(breached(ticket, now, revision=5, **more))
        return told

    # when one hears it in order, the other in any order and twice
    shuffled = story("globex") * 2
    random.Random(7).shuffle(shuffled)
    await publish(*story("acme"))
    await publish(*shuffled, copies=True)
    async with start() as served:
        clients = [await served.client(tenant, Role.VIEWER) for tenant in ("acme", "globex")]
        for client in clients:
            await has(client, "breaches", 10)
            await has(client, "escalations", 30)
            await level(client)
        figures = [
            [
                (await asked(client, path))[of]
                for path, of in [
                    ("compliance?by=priority", "groups"),
                    ("compliance?by=group", "groups"),
                    ("trend", "days"),
                    ("escalations?limit=200", "items"),
                    ("at-risk", "items"),
                ]
            ]
            for client in clients
        ]

        for tenant in ("acme", "globex"):
            admin = await served.client(tenant, Role.ADMIN)
            assert await asked(admin, "recount") == {"disagreements": []}

    # then
    assert figures[0] == figures[1]
    assert sum(group["met"] for group in figures[0][0]) == 20
    assert {effect["state"] for effect in figures[0][3]} == {"delivered"}


async def level(client: httpx.AsyncClient) -> None:
    """Wait until everything that was published is in."""

    async def is_level() -> bool:
        lag = (await asked(client, "overview"))["lag_seconds"]
        return lag is not None and lag < 3

    await eventually(is_level, 60)


async def test_malformed_messages_are_parked_and_hold_up_nothing(
    start: Start, publish: Publish, now: datetime
) -> None:
    subject, _, body = clock("started", "bad", now)
    nowhere = published(now, calendars={})
    await publish(
        (subject, "bad-1", body.replace(b'"active"', b'"asleep"')),
        (subject, "bad-2", b"{"),
        nowhere,
        message("sla.clock.met", "INC-9", "acme", "half", now, {"ticket_id": "INC-9"}),
        clock("started", "good", now, reached=(75,)),
    )
    async with start() as served:
        admin = await served.client("acme", Role.ADMIN)
        assert (await has(admin, "at-risk", 1))[0]["ticket_id"] == "good"
        parked = await has(admin, "parked", 4)

    assert {(one["durable"], one["code"]) for one in parked} == {
        ("dashboard--clocks", "event.malformed"),
        ("dashboard--agreements", "agreement.snapshot-unreadable"),
    }


async def test_each_tenant_sees_its_own(start: Start, publish: Publish, now: datetime) -> None:
    await publish(
        clock("started", "INC-1", now, reached=(75,)),
        breached("INC-2", now),
        effect("raised", 2, now),
        clock("started", "INC-1", now, reached=(75,), tenant="globex", priority="P4"),
    )
    async with start() as served:
        mine = await served.client("acme", Role.VIEWER)
        others = await served.client("globex", Role.VIEWER)
        for path in LISTS:
            await has(mine, path, 1)
        [group] = await has(others, "compliance", 1, of="groups")
        assert group["key"] == "P4"
        assert (await asked(others, "breaches"))["items"] == []
        assert (await asked(others, "escalations"))["items"] == []
        # a cursor of one tenant shows another nothing
        await publish(breached("INC-3", now))
        await has(mine, "breaches", 2)
        cursor = (await asked(mine, "breaches", limit=1))["next"]
        assert (await asked(others, "breaches", cursor=cursor))["items"] == []


async def test_the_page_says_how_old_its_figures_are(
    start: Start, topology: Bus, publish: Publish, now: datetime
) -> None:
    async with start() as served:
        viewer = await served.client("acme", Role.VIEWER)
        await level(viewer)

        topology.kill()

        async def lags() -> bool:
            return bool((await asked(viewer, "overview"))["lag_seconds"] > 3)

        await eventually(lags, 60)
        old = await asked(viewer, "compliance")
        age = datetime.fromisoformat(old["now"]) - datetime.fromisoformat(old["as_of"])
        assert age > timedelta(seconds=3)

        topology.start()
        await level(viewer)


@pytest.fixture
async def idle(start: Start) -> AsyncIterator[Served]:
    async with start() as served:
        yield served


@pytest.mark.parametrize("path", ["overview", "compliance", "trend", *LISTS])
async def test_figures_are_for_viewers_with_a_credential(idle: Served, path: str) -> None:
    transport = httpx.ASGITransport(idle.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as nobody:
        assert (await nobody.get(f"/dashboard/v1/{path}")).status_code == 401
    machine = await idle.client("acme", Role.SERVICE)
    assert (await machine.get(f"/dashboard/v1/{path}")).status_code == 403
    answer = await (await idle.client("acme", Role.VIEWER)).get(f"/dashboard/v1/{path}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


async def test_every_route_says_who_may_call_it(idle: Served) -> None:
    assert unguarded(idle.app) == ()


@pytest.mark.parametrize(
    ("path", "status", "code", "field"),
    [
        pytest.param("compliance?by=colour", 422, "request.invalid", "by", id="dimension"),
        pytest.param("compliance?metric=speed", 422, "request.invalid", "metric", id="metric"),
        pytest.param("compliance?from=2026-02-30", 422, "request.invalid", "from", id="no day"),
        pytest.param(
            "trend?from=2026-03-02&to=2026-03-01", 422, "period.reversed", "to", id="reversed"
        ),
        pytest.param("overview?since=yesterday", 422, "request.invalid", "since", id="no instant"),
        pytest.param("at-risk?cursor=*", 400, "cursor.malformed", "cursor", id="no cursor at all"),
        pytest.param("breaches?cursor=abc", 400, "cursor.malformed", "cursor", id="cut cursor"),
        pytest.param("escalations?limit=0", 422, "request.invalid", "limit", id="limit"),
        pytest.param("compliance?by=owner_group", 422, "request.invalid", "by", id="dimension"),
        pytest.param(
            "compliance?by=priority&agreement_type=ola",
            422,
            "compliance.by-group-only",
            "by",
            id="OLAs by priority",
        ),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_field_and_remedy(
    idle: Served, path: str, status: int, code: str, field: str
) -> None:
    answer = await (await idle.client("acme", Role.VIEWER)).get(f"/dashboard/v1/{path}")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem["errors"][0]["field"] == field
    assert problem["errors"][0]["remedy"]


async def test_a_cursor_of_one_list_is_none_of_another(
    start: Start, publish: Publish, now: datetime
) -> None:
    await publish(breached("INC-1", now), breached("INC-2", now))
    async with start() as served:
        viewer = await served.client("acme", Role.VIEWER)
        await has(viewer, "breaches", 2)
        cursor = (await asked(viewer, "breaches", limit=1))["next"]
        rest = await asked(viewer, "breaches", limit=1, cursor=cursor)
        assert [one["ticket_id"] for one in rest["items"]] == ["INC-1"]
        assert rest["next"] is None
        answer = await viewer.get("/dashboard/v1/at-risk", params={"cursor": cursor})
        assert answer.json()["code"] == "cursor.malformed"
