from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from sla_service.main import service
from slaclock.auth.keys import mint, write_keys
from slaclock.auth.roles import Role
from slaclock.settings import PlatformSettings
from slaclock.store.migrate import Schema
from slaclock.testing.databases import Databases

EVERY_KEY = Path(__file__).parents[4] / "examples" / "sla-every-key.json"
FILE: dict[str, Any] = json.loads(EVERY_KEY.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def asked(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The service on a port of its own, asked as an admin, with two versions and a draft."""
    dsn = databases.create(Schema("sla", "sla_service.store.migrations"))
    keys = tmp_path_factory.mktemp("fuzz") / "keys.json"
    key, record = mint("acme", Role.ADMIN)
    write_keys(keys, [record])
    settings = PlatformSettings.load(
        sla_database_url=dsn, api_keys_file=keys, nats_url="nats://127.0.0.1:1"
    )
    app = service().build(settings)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    thread = threading.Thread(target=server.run, args=([listening],), name="sla")
    thread.start()
    try:
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            _wait(client)
            _furnish(client)
            yield client
    finally:
        server.should_exit = True
        thread.join(30)
        databases.drop(dsn)


def _wait(client: httpx.Client) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if "database" not in client.get("/sla/health/ready").json()["waiting_for"]:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the service did not start")


def _furnish(client: httpx.Client) -> None:
    base = "/sla/v1/slas/platinum"
    answers = [
        client.post(f"{base}/publish", json={"sla": FILE}),
        client.post(f"{base}/publish", json={"sla": {**FILE, "name": "2"}}),
        client.put(f"{base}/draft", json=FILE),
    ]
    assert [answer.status_code for answer in answers] == [201] * 3, [a.text for a in answers]
