"""Another tzdata release is installed: the report, and what is told once of each version."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from calendar_service.domain.impact import Zones
from calendar_service.main import service
from calendar_service.store.comparisons import PgComparisons
from calendar_service.usecases.advising import advise
from slaclock.auth.roles import Role
from slaclock.contracts import decode
from slaclock.store import begin, open_pool
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served, serving
from slaclock.testing.zones import OtherRelease

PATH = "/calendar/v1/tzdata-impact"
NO_SUMMER_TIME = OtherRelease("2099.1", {"Europe/London": "Africa/Abidjan"})
Eventually = Callable[..., Awaitable[Any]]


@asynccontextmanager
async def another_day(
    dsn: str,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    bus: Bus | None = None,
    release: OtherRelease = NO_SUMMER_TIME,
) -> AsyncIterator[Served]:
    """The service after an upgrade of tzdata."""
    with monkeypatch.context() as patched:
        patched.setattr("calendar_service.main.PACKAGED", release)
        async with serving(service(), dsn, directory, bus) as served:
            yield served


async def published(
    dsn: str, directory: Path, office: dict[str, Any], bus: Bus | None = None
) -> list[dict[str, Any]]:
    """Two versions of a calendar in London, one in Tokyo, one that is always open."""
    always = [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(7)]
    done = []
    async with serving(service(), dsn, directory, bus) as served:
        admin = await served.client()
        for calendar_id, document in (
            ("uk", office),
            ("uk", {**office, "windows": office["windows"][:4]}),
            ("jp", {**office, "timezone": "Asia/Tokyo"}),
            ("all", {**office, "windows": always, "holidays": []}),
        ):
            path = f"/calendar/v1/calendars/{calendar_id}/publish"
            done.append((await admin.post(path, json={"calendar": document})).json())
        other = await served.client("globex")
        await other.post("/calendar/v1/calendars/uk/publish", json={"calendar": office})
    return done


async def test_the_report_lists_what_would_be_otherwise(
    dsn: str, tmp_path: Path, office: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = await published(dsn, tmp_path, office)
    async with serving(service(), dsn, tmp_path) as served:
        manager = await served.client(role=Role.MANAGER)
        nothing = (await manager.get(PATH)).json()
        assert (nothing["items"], nothing["checked"], nothing["total"]) == ([], 3, 3)
        viewer = await served.client(role=Role.VIEWER)
        assert (await viewer.get(PATH)).status_code == 403
    async with another_day(dsn, tmp_path, monkeypatch) as served:
        manager = await served.client(role=Role.MANAGER)
        report = (await manager.get(PATH)).json()
        (found,) = report["items"]
        assert (report["installed"], report["checked"], report["next"]) == ("2099.1", 3, None)
        assert (found["calendar_id"], found["version"]) == ("uk", 2)
        assert found["hash"] == done[1]["hash"]
        assert found["from"] == "1970-01-01T08:00:00Z"
        assert found["until"] is None
        assert found["gained_minutes"] == found["lost_minutes"] > 6000
        assert found["examples"][0] == {
            "old": {"opens": "1970-01-01T08:00:00Z", "closes": "1970-01-01T16:30:00Z"},
            "new": {"opens": "1970-01-01T09:00:00Z", "closes": "1970-01-01T17:30:00Z"},
        }
        assert "publish a new version" in found["remedy"]
        everything: list[dict[str, Any]] = []
        cursor: str | None = None
        pages = 0
        while pages == 0 or cursor:
            query = {"all": "true", "limit": "1"} | ({"cursor": cursor} if cursor else {})
            page = (await manager.get(PATH, params=query)).json()
            everything += page["items"]
            cursor = page["next"]
            pages += 1
        assert pages == page["total"] == 4
        assert [(one["calendar_id"], one["version"]) for one in everything] == [
            ("uk", 1),
            ("uk", 2),
        ]


async def test_following_means_publishing_the_same_again(
    dsn: str, tmp_path: Path, office: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await published(dsn, tmp_path, office)
    async with another_day(dsn, tmp_path, monkeypatch) as served:
        admin = await served.client()
        path = "/calendar/v1/calendars"
        snapshot = (await admin.get(f"{path}/uk/versions/1/snapshot")).json()
        followed = await admin.post(f"{path}/uk/publish", json={"calendar": snapshot})
        assert (followed.status_code, followed.json()["version"]) == (201, 3)
        unaffected = (await admin.get(f"{path}/jp/versions/1/snapshot")).json()
        same = await admin.post(f"{path}/jp/publish", json={"calendar": unaffected})
        assert (same.status_code, same.json()["version"]) == (200, 1)
        assert (await admin.get(PATH)).json()["items"] == []
        old = (await admin.get(f"{path}/uk/versions/1/snapshot")).json()
        assert old == snapshot


async def test_each_version_is_told_of_once(
    dsn: str,
    topology: Bus,
    nats_admin: Client,
    tmp_path: Path,
    office: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    eventually: Eventually,
) -> None:
    done = await published(dsn, tmp_path, office, topology)
    jetstream = nats_admin.jetstream()

    async def told() -> int:
        return (await jetstream.stream_info("ADVISORY")).state.messages

    async def settled() -> bool:
        """Nothing waits to be compared, nor to be sent."""
        return await left(dsn) == (0, 0)

    assert await told() == 0
    for expected in (3, 4):  # a restart, and two replicas at once
        async with (
            another_day(dsn, tmp_path, monkeypatch, topology),
            another_day(dsn, tmp_path, monkeypatch, topology) as served,
        ):
            assert served
            await eventually(settled)
        # the stream drops what has an id that it knows, so what was promised counts as well
        assert (await promised(dsn), await told()) == (expected, expected)
        if expected == 3:  # one more version of the old release, so that the next day has work
            async with serving(service(), dsn, tmp_path, topology) as before:
                admin = await before.client()
                changed = {**office, "windows": office["windows"][:3]}
                path = "/calendar/v1/calendars/uk/publish"
                assert (await admin.post(path, json={"calendar": changed})).status_code == 201
    subscription = await jetstream.pull_subscribe("sla.advisory.raised.>", stream="ADVISORY")
    messages = await subscription.fetch(10, timeout=5)
    events = [decode(message.data, message.subject) for message in messages]
    assert sorted((e.tenant, e.data.detail["version"]) for e in events) == [
        ("acme", 1),
        ("acme", 2),
        ("acme", 3),
        ("globex", 1),
    ]
    first = next(e for e in events if (e.tenant, e.data.detail["version"]) == ("acme", 1))
    assert (first.data.kind, first.data.severity) == ("calendar.tzdata-impact", "warning")
    assert first.data.detail["hash"] == done[0]["hash"]
    assert first.data.detail["installed"] == "2099.1"
    assert first.data.detail["from"] == "1970-01-01T08:00:00Z"
    assert len(first.data.detail["examples"]) == 5


async def left(dsn: str) -> tuple[int, int]:
    """Versions that were not compared with the other release, and messages that were not sent."""
    async with (
        await open_pool(dsn, application="test", max_size=1) as pool,
        begin(pool, {"acme", "globex"}) as connection,
    ):
        release = NO_SUMMER_TIME.version
        waiting = await connection.fetch("SELECT FROM uncompared_versions($1, 10)", release)
        unsent = await connection.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL")
    return len(waiting), unsent


async def promised(dsn: str) -> int:
    """Advisories in the outbox, sent or not."""
    async with (
        await open_pool(dsn, application="test", max_size=1) as pool,
        begin(pool, {"acme", "globex"}) as connection,
    ):
        found: int = await connection.fetchval(
            "SELECT count(*) FROM outbox WHERE subject LIKE 'sla.advisory.%'"
        )
    return found


async def test_replicas_that_compare_at_once_promise_once(
    dsn: str, tmp_path: Path, office: dict[str, Any]
) -> None:
    await published(dsn, tmp_path, office)
    zones = Zones(NO_SUMMER_TIME)
    async with await open_pool(dsn, application="test") as pool:
        compared = await asyncio.gather(*(advise(PgComparisons(pool), zones) for _ in range(4)))
        assert max(compared) >= 1
        assert await advise(PgComparisons(pool), zones) == 0
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT set_config('app.tenants', 'acme,globex', true)")
            rows = await connection.fetch("SELECT msg_id FROM outbox WHERE stream = 'ADVISORY'")
            kept = await connection.fetch("SELECT * FROM tzdata_comparison")
        assert len({row["msg_id"] for row in rows}) == len(rows) == 3
        assert len(kept) == 5
        assert sum(row["affected"] for row in kept) == 3
        async with pool.acquire() as connection:
            alone = await connection.fetch("SELECT * FROM tzdata_comparison")
        assert alone == []
