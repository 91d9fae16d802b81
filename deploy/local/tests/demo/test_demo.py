"""`slaclock demo`, as a new user runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from slaclock.testing import eventually
from slaclock_local.testing import SLACLOCK, PlatformProcess, json_of, run_slaclock

pytestmark = pytest.mark.slow
COMMAND = ("demo", "--port", "0", "--nats-port", "0")


def test_once_prints_the_summary_and_leaves_nothing_running(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = run_slaclock(*COMMAND, "--once", "--json", home=home, timeout=300)
    assert done.returncode == 0, done.stderr
    summary = json_of(done)
    assert summary["facts"] > 1000
    assert (summary["duplicates"], summary["parked"], summary["rejected"]) == (0, 0, [])
    assert summary["clocks"] == summary["met"] + summary["breached"] + summary["pending"]
    counted = [
        group[name]
        for groups in summary["compliance"].values()
        for group in groups
        for name in ("met", "breached", "pending", "cancelled")
    ]
    assert sum(counted) == summary["clocks"], "the dashboard counts each clock once"
    assert not (home / "runtime.json").exists()


async def test_the_page_has_something_to_show(tmp_path: Path) -> None:
    """Countdowns move, a threshold fires, an escalation appears, new tickets arrive."""
    import httpx  # noqa: PLC0415 - here only

    with PlatformProcess(tmp_path / "home", command=[*SLACLOCK, *COMMAND]) as platform:
        key = platform.credentials["api_keys"]["viewer"]
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=platform.runtime.http, headers=headers) as client:

            async def items(name: str) -> list[dict[str, object]]:
                answer = await client.get(f"/dashboard/v1/{name}")
                found: list[dict[str, object]] = answer.json().get("items", [])
                return found

            await eventually(lambda: items("at-risk"), timeout=120)

            async def judged() -> bool:
                kpis = await items("kpis?from=2020-01-01")
                assert {one["role"] for one in kpis} == {"service-delivery-manager", "network-lead"}
                return any(one["verdict"] != "no_data" for one in kpis)

            await eventually(judged, timeout=120)

            async def delivered() -> list[dict[str, object]]:
                return [one for one in await items("escalations") if one["state"] == "delivered"]

            await eventually(delivered, timeout=180)
        assert "dashboard" in platform.said()
        assert "curl" in platform.said()
