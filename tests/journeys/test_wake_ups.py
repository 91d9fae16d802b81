"""Thresholds passed by time alone: told and escalated, each once, whatever wakes the tickets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from slaclock.contracts.instants import rfc3339
from slaclock.testing import eventually
from slaclock_local.testing import SLACLOCK, PlatformProcess

from .client import Systems
from .sink import Sink

PERCENTS = (50, 75, 90, 100)
TARGET = timedelta(minutes=240)


BACKENDS = ("polling", "jetstream", "temporal")


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def platform(
    tmp_path_factory: pytest.TempPathFactory, sink: Sink, backend: str
) -> Iterator[PlatformProcess]:
    """The whole platform under each backend."""
    environment = {
        "SLACLOCK_WEBHOOK_ALLOW": sink.address,
        "SLACLOCK_ESCALATION_SETTLE_SECONDS": "0.5",
    }
    command = [*SLACLOCK, "up", "--port", "0", "--nats-port", "0"]
    if backend == "temporal":
        command.append("--temporal")
    else:
        environment["SLACLOCK_TIMER_BACKEND"] = backend
    home = tmp_path_factory.mktemp(f"platform-{backend}") / "home"
    with PlatformProcess(home, command=command, environment=environment) as running:
        yield running


async def test_every_threshold_is_escalated_once_whatever_wakes_the_ticket(
    systems: Systems, sink: Sink, backend: str
) -> None:
    url = f"http://{sink.address}/{backend}"
    published = systems.publish_sla(
        {
            "schema": "slaclock.sla/1",
            "sla_id": "woken",
            "name": "Woken",
            "calendars": {},
            "targets": [
                {"metric": "resolution", "priority": None, "minutes": 240, "calendar": "24x7"}
            ],
            "escalations": [
                {
                    "rule_id": f"at-{percent}",
                    "threshold": f"percent:{percent}",
                    "metric": "resolution",
                    "deliver": [{"channel": "webhook", "to": f"{url}-{percent}"}],
                }
                for percent in PERCENTS
            ],
        }
    )
    await eventually(lambda: systems.default_agreement() == published["hash"])

    def relied_on() -> bool:
        text = systems.http.get("/ticket-clock/metrics").text
        return f'timer_backend_state{{backend="{backend}"}} 1.0' in text

    await eventually(relied_on, timeout=60)
    # Given four tickets, of which each passes another threshold in a few seconds
    passing = datetime.now(UTC) + timedelta(seconds=6)
    await systems.publish(
        *[
            systems.ticket(
                "opened",
                f"AT-{percent}",
                rfc3339(passing - TARGET * percent / 100),
                priority="P2",
                status="open",
            )
            for percent in PERCENTS
        ]
    )

    # Then each is escalated once by each of them: those of earlier instants as soon as they are known
    def reached() -> list[int]:
        return [len(sink.to(f"/{backend}-{percent}")) for percent in PERCENTS]

    await eventually(lambda: sum(reached()) >= 10)
    assert reached() == [4, 3, 2, 1]
    clocks = {percent: systems.clock(f"AT-{percent}") for percent in PERCENTS}
    for percent, clock in clocks.items():
        fired = {one["threshold"]: one["due_at"] for one in clock["thresholds"] if one["fired_at"]}
        assert fired[f"percent:{percent}"] == rfc3339(passing)
    assert clocks[100]["breached_at"] == rfc3339(passing)
    if backend != "jetstream":
        return
    state = systems.http.get("/ticket-clock/metrics").text
    assert "sla_ticket_clock_missed_wakes_total 0.0" in state, "the due loop had no part in it"
