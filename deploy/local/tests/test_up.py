"""`slaclock up` itself, with the five services."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from slaclock.embedded.process import wait_until
from slaclock.messaging.topology import SERVICES
from slaclock.testing.ordinary import as_ordinary_user
from slaclock_local.testing import SLACLOCK, PlatformProcess, json_of, run_slaclock

pytestmark = [pytest.mark.faults, pytest.mark.slow]

MEMORY = 700 * 1024 * 1024
"""Bytes that the idle platform may use; about 360 MiB were measured."""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformProcess]:
    """The platform as a user starts it."""
    with PlatformProcess(tmp_path_factory.mktemp("up") / "home") as platform:
        yield platform


def ready(platform: PlatformProcess) -> dict[str, list[str]]:
    answer = httpx.get(f"{platform.runtime.http}/health/ready", timeout=60, trust_env=False)
    document: dict[str, list[str]] = answer.json()
    return document


def test_every_service_answers_behind_one_port(up: PlatformProcess) -> None:
    assert set(up.marks()) == {"slaclock", "nats", "postgres", "front", *SERVICES}
    for service in SERVICES:
        live = httpx.get(f"{up.runtime.http}/{service}/health/live", timeout=60, trust_env=False)
        assert live.status_code == 200
    assert ready(up) == {"waiting_for": []}


def test_it_says_where_everything_is(up: PlatformProcess) -> None:
    for words in (f"{up.runtime.http}/dashboard/", up.runtime.nats, "credentials.json", "logs"):
        up.says(words)


@pytest.mark.parametrize("role", ["viewer", "technician", "manager", "admin"])
def test_a_key_of_each_role_opens_what_its_tenant_may_see(up: PlatformProcess, role: str) -> None:
    key = up.credentials["api_keys"][role]
    answer = httpx.get(
        f"{up.runtime.http}/ticket-clock/v1/tickets",
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["items"] == []


def test_a_new_tenants_key_opens_at_once(up: PlatformProcess) -> None:
    made = json_of(run_slaclock("tenant", "add", "acme", home=up.layout.path))
    answer = httpx.get(
        f"{up.runtime.http}/ticket-clock/v1/tickets",
        headers={"Authorization": f"Bearer {made['api_keys']['viewer']}"},
        timeout=60,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text


def test_the_idle_platform_fits_on_a_small_machine(up: PlatformProcess) -> None:
    assert sum(up.memory().values()) < MEMORY


@pytest.mark.parametrize("part", [*SERVICES, "nats"])
def test_whatever_is_killed_comes_back(up: PlatformProcess, part: str) -> None:
    before = up.marks()[part]
    up.kill(part)
    up.restarted(part, before)


def test_all_recover_from_the_death_of_the_database_server(up: PlatformProcess) -> None:
    before = up.kill_postgres()
    up.restarted("postgres", before)

    assert wait_until(lambda: ready(up) == {"waiting_for": []}, timeout=60), ready(up)


def test_an_ordinary_user_starts_all_of_it() -> None:
    with as_ordinary_user() as user:
        home = user.home / "home"
        words: tuple[str | Path, ...] = (*SLACLOCK, "up", "--port", "0", "--nats-port", "0")
        command = user.command(words)
        with PlatformProcess(home, command=command, environment=user.environment) as platform:
            assert ready(platform) == {"waiting_for": []}
            assert platform.stop() == 0


def test_the_ports_may_be_chosen_by_the_environment_and_must_be_ports(tmp_path: Path) -> None:
    done = run_slaclock("up", "--port", "99999", home=tmp_path / "home")
    assert done.returncode == 2
    assert "65535" in done.stderr


def test_temporal_runs_beside_and_wakes_tickets(tmp_path: Path) -> None:
    """Its address has a key of its own in the runtime file; it is restarted like any other part."""
    command = (*SLACLOCK, "up", "--port", "0", "--nats-port", "0", "--temporal")
    with PlatformProcess(tmp_path / "home", command=command) as platform:
        assert platform.runtime.temporal
        platform.says(f"temporal   {platform.runtime.temporal}")

        def woken_by() -> bool:
            url = f"{platform.runtime.http}/ticket-clock/metrics"
            text = httpx.get(url, timeout=60, trust_env=False).text
            return 'sla_ticket_clock_timer_backend_state{backend="temporal"} 1.0' in text

        assert wait_until(woken_by, timeout=120)
        before = platform.marks()["temporal"]
        platform.kill("temporal")
        platform.restarted("temporal", before)
        assert platform.stop() == 0


@pytest.mark.parametrize(
    "words", [["up", "--temporal"], ["up"], ["serve", "ticket-clock"]], ids=" ".join
)
def test_without_the_extra_one_line_says_what_helps(tmp_path: Path, words: list[str]) -> None:
    hidden = (
        "import sys; sys.modules['temporalio'] = None; from slaclock.cli.main import main; main()"
    )
    chosen = {"SLACLOCK_TIMER_BACKEND": "temporal", "SLACLOCK_TEMPORAL_ADDRESS": "t.example:7233"}
    done = subprocess.run(
        [sys.executable, "-c", hidden, *words],
        env={**os.environ, **chosen, "SLACLOCK_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "install slaclock-ticket-clock[temporal]" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
