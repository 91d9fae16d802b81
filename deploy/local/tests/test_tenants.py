from __future__ import annotations

import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client

from slaclock.auth.keys import read_keys
from slaclock.auth.roles import Role
from slaclock.cli.exits import NotReachable
from slaclock_local.credentials import add_tenant, make_first_credentials, write_accounts
from slaclock_local.layout import Layout
from slaclock_local.testing import PlatformProcess, json_of, run_slaclock


@pytest_asyncio.fixture
async def demo(platform: PlatformProcess) -> AsyncIterator[Client]:
    """The first tenant's help desk, connected without any special option."""
    access = platform.credentials["nats"]["helpdesk"]
    client = await nats.connect(
        platform.runtime.nats, user=access["user"], password=access["password"]
    )
    yield client
    await client.close()


async def test_a_new_tenant_works_at_once_and_nobody_is_cut_off(
    platform: PlatformProcess, demo: Client
) -> None:
    lost: list[str] = []

    async def note() -> None:
        lost.append("disconnected")

    demo._disconnected_cb = note

    done = run_slaclock("tenant", "add", "acme", "--json", home=platform.layout.path)
    assert done.returncode == 0, done.stderr
    made = json_of(done)

    access = made["nats"]["helpdesk"]
    assert made["tenant"] == "acme"
    assert set(made["api_keys"]) == {role.value for role in Role}
    client = await nats.connect(
        platform.runtime.nats, user=access["user"], password=access["password"]
    )
    try:
        ack = await client.jetstream().publish("sla.ticket.opened.v1.acme", b"{}")
        assert ack.stream == "TICKETS"
        await demo.jetstream().publish("sla.ticket.opened.v1.demo", b"{}")
        with pytest.raises((TimeoutError, nats.errors.Error)):
            await client.jetstream().publish("sla.ticket.opened.v1.demo", b"{}", timeout=1)
    finally:
        await client.close()
    assert lost == []


def test_adding_a_tenant_again_prints_the_same(platform: PlatformProcess) -> None:
    first = json_of(run_slaclock("tenant", "add", "globex", "--json", home=platform.layout.path))
    again = json_of(run_slaclock("tenant", "add", "globex", home=platform.layout.path))
    demo = json_of(run_slaclock("tenant", "add", "demo", home=platform.layout.path))

    assert first == again
    assert demo == platform.credentials


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        pytest.param("Acme!", 2, "1 to 63 of a-z", id="no tenant's name"),
        pytest.param("acme", 3, "slaclock up", id="no platform"),
    ],
)
def test_what_cannot_be_added(tmp_path: Path, name: str, code: int, words: str) -> None:
    done = run_slaclock("tenant", "add", name, home=tmp_path / "nowhere")

    assert done.returncode == code
    assert words in done.stderr
    assert done.stdout == ""


def test_a_tenant_of_a_stopped_platform_is_there_at_the_next_start(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    with layout.locked():
        make_first_credentials(layout)

    made = add_tenant(layout, "acme")

    assert "acme.helpdesk" in (layout.nats / "accounts.conf").read_text()
    assert "demo.helpdesk" in (layout.nats / "accounts.conf").read_text()
    assert stat.S_IMODE((tmp_path / "tenants" / "acme.json").stat().st_mode) == 0o600
    assert json.loads((tmp_path / "tenants" / "acme.json").read_text()) == made
    known = read_keys(layout.home.keys_file).values()
    assert {(one.tenant, one.role) for one in known} >= {("acme", role) for role in Role}


def test_an_interrupted_addition_is_mended_by_repeating_it(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    with layout.locked():
        make_first_credentials(layout)
    made = add_tenant(layout, "acme")
    layout.home.keys_file.unlink()
    (layout.nats / "accounts.conf").write_text("")

    assert add_tenant(layout, "acme") == made

    assert len(read_keys(layout.home.keys_file)) == len(Role)
    assert write_accounts(layout) is False


def test_without_a_home_there_is_no_platform(tmp_path: Path) -> None:
    with pytest.raises(NotReachable, match="no local platform"):
        add_tenant(Layout(tmp_path), "acme")
