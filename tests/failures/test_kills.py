"""(l) kill -9 of services, nats-server and PostgreSQL in the middle of the work.

Nothing lost, nothing twice: the clocks are those of an undisturbed import, and every breach that
comes meanwhile is told once.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from slaclock.testing import eventually
from slaclock_local.testing import SLACLOCK, PlatformProcess

from ..journeys.client import Systems
from ..journeys.sink import Sink

pytestmark = [pytest.mark.faults, pytest.mark.slow]

SEED = 20260329
TICKETS = 1200
LIVE = 150
VICTIMS = (
    "ticket-clock",
    "nats",
    "escalation",
    "postgres",
    "ticket-clock",
    "front",
    "postgres",
    "dashboard",
    "nats",
    "sla",
)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as found:
        yield found


@pytest.fixture
def platform(tmp_path: Path, sink: Sink) -> Iterator[PlatformProcess]:
    environment = {
        "SLACLOCK_WEBHOOK_ALLOW": sink.address,
        "SLACLOCK_ESCALATION_SETTLE_SECONDS": "0.5",
    }
    with PlatformProcess(tmp_path / "home", environment=environment) as running:
        yield running


@pytest.fixture
def disturbed(platform: PlatformProcess) -> Iterator[Systems]:
    found = Systems(platform, "disturbed")
    yield found
    found.http.close()


@pytest.fixture
def calm(platform: PlatformProcess) -> Iterator[Systems]:
    found = Systems(platform, "calm")
    yield found
    found.http.close()


def sla(sink: Sink) -> dict[str, Any]:
    return {
        "schema": "slaclock.sla/1",
        "sla_id": "faults",
        "name": "Faults",
        "calendars": {},
        "thresholds": ["percent:100"],
        "targets": [
            {"metric": "resolution", "priority": "P1", "minutes": 1, "calendar": "24x7"},
            {"metric": "resolution", "priority": None, "minutes": 240, "calendar": "24x7"},
        ],
        "escalations": [
            {
                "rule_id": "breach",
                "threshold": "percent:100",
                "metric": "resolution",
                "deliver": [{"channel": "webhook", "to": f"http://{sink.address}/breach"}],
            }
        ],
    }


def history(tenant: str, path: Path) -> int:
    """A file of old tickets; half of them breached. Answers how many facts it has."""
    dice = random.Random(SEED)
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    lines = []
    for number in range(TICKETS):
        ticket, at = f"OLD-{number}", start + timedelta(minutes=7 * number)
        steps: list[tuple[str, int, dict[str, Any]]] = [
            ("opened", 0, {"priority": "P3", "status": "open"}),
            ("updated", 20, {"changes": {"status": "waiting_on_customer"}}),
            ("updated", dice.randrange(30, 300), {"changes": {"status": "open"}}),
            ("replied", 301, {"author": "agent", "public": True, "person": None}),
            ("updated", dice.randrange(310, 700), {"changes": {"status": "resolved"}}),
        ]
        for index, (kind, minutes, data) in enumerate(steps):
            event = {
                "specversion": "1.0",
                "id": f"{ticket}-{index}",
                "source": "/old",
                "type": f"sla.ticket.{kind}",
                "subject": ticket,
                "time": (at + timedelta(minutes=minutes)).isoformat(),
                "tenant": tenant,
                "data": {"ticket_id": ticket, **data},
            }
            lines.append(json.dumps(event))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def importing(platform: PlatformProcess, tenant: str, path: Path) -> subprocess.Popen[str]:
    command = [
        *SLACLOCK,
        "import",
        "events",
        str(path),
        "--tenant",
        tenant,
        "--window",
        "40",
        "--json",
    ]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SLACLOCK_HOME": str(platform.layout.path)},
    )


def finished(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, said = process.communicate(timeout=400)
    assert process.returncode == 0, said
    found: dict[str, Any] = json.loads(out)
    return found


def kill(platform: PlatformProcess, victim: str) -> None:
    before = platform.kill_postgres() if victim == "postgres" else platform.kill(victim)
    platform.restarted(victim, before, timeout=120)


def kill_all(platform: PlatformProcess) -> None:
    for victim in VICTIMS:
        kill(platform, victim)


def follows(systems: Systems, digest: str) -> bool:
    return systems.default_agreement() == digest


def statuses(systems: Systems) -> dict[str, Any]:
    """All tickets of a tenant, without what depends on when and how often they were looked at."""
    found, cursor = {}, None
    while True:
        query = {"limit": 200, **({"cursor": cursor} if cursor else {})}
        page = systems.http.get("/ticket-clock/v1/tickets", params=query).json()
        for item in page["items"]:
            for clock in item["clocks"]:
                for threshold in clock["thresholds"]:
                    threshold["fired_at"] = threshold["fired_at"] is not None
            found[item["ticket_id"]] = {
                k: v for k, v in item.items() if k not in {"as_of", "revision"}
            }
        cursor = page["next"]
        if cursor is None:
            return found


async def test_kills_lose_nothing_and_double_nothing(
    platform: PlatformProcess, disturbed: Systems, calm: Systems, sink: Sink, tmp_path: Path
) -> None:
    print(f"seed {SEED}")
    for systems in (disturbed, calm):
        published = systems.publish_sla(sla(sink))
        await eventually(partial(follows, systems, published["hash"]))

    # Given an import under way, and live tickets whose deadlines come within the next half minute
    facts = history("disturbed", tmp_path / "disturbed.jsonl")
    process = importing(platform, "disturbed", tmp_path / "disturbed.jsonl")
    now = datetime.now(UTC)
    live = [
        disturbed.ticket(
            "opened",
            f"LIVE-{number}",
            (now - timedelta(seconds=60 - 5 - 25 * number / LIVE)).isoformat(),
            priority="P1",
            status="open",
        )
        for number in range(LIVE)
    ]
    await disturbed.publish(*live)

    # When one part after the other is killed
    killer = threading.Thread(target=kill_all, args=(platform,))
    killer.start()
    summary = finished(process)
    killer.join(timeout=600)
    assert not killer.is_alive()

    # Then the import is whole: every fact once
    assert summary["facts"] == facts
    assert (summary["duplicates"], summary["parked"], summary["rejected"]) == (0, 0, [])
    again = finished(importing(platform, "disturbed", tmp_path / "disturbed.jsonl"))
    assert again["duplicates"] == facts

    # And every live breach was told, to one effect each
    def told() -> Counter[str]:
        effects = {
            (call.document["ticket_id"], call.headers["webhook-id"]) for call in sink.to("/breach")
        }
        return Counter(ticket for ticket, _ in effects)

    await eventually(lambda: len(told()) == LIVE, timeout=120)
    assert set(told().values()) == {1}
    assert all(ticket.startswith("LIVE-") for ticket in told()), "history notifies nobody"

    # And the clocks are those of the same history without any fault
    history("calm", tmp_path / "calm.jsonl")
    undisturbed = finished(importing(platform, "calm", tmp_path / "calm.jsonl"))
    for name in ("clocks", "met", "breached", "pending"):
        assert summary[name] == undisturbed[name], name
    expected = statuses(calm)
    found = {key: value for key, value in statuses(disturbed).items() if key.startswith("OLD-")}
    assert found == expected
    answer = disturbed.http.post("/ticket-clock/v1/verify", json={}).json()
    assert answer["findings"] == []

    # And the dashboard counts each clock once
    async def counted() -> bool:
        day = {"metric": "resolution", "from": "2026-01-01", "to": "2026-06-30", "by": "priority"}
        groups = disturbed.http.get("/dashboard/v1/compliance", params=day).json()["groups"]
        return bool(sum(group["met"] + group["breached"] for group in groups) == TICKETS)

    await eventually(counted, timeout=120)
