from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sla_service.main import service
from slaclock.testing.databases import Databases
from slaclock.testing.fuzzing import asking

EVERY_KEY = Path(__file__).parents[4] / "examples" / "sla-every-key.json"
FILE: dict[str, Any] = json.loads(EVERY_KEY.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def asked(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The service without a bus, asked as an admin, with two versions and a draft."""
    dsn = databases.create(service())
    with asking(service(), dsn, tmp_path_factory.mktemp("fuzz")) as client:
        _furnish(client)
        yield client
    databases.drop(dsn)


def _furnish(client: httpx.Client) -> None:
    base = "/sla/v1/slas/platinum"
    answers = [
        client.post(f"{base}/publish", json={"sla": FILE}),
        client.post(f"{base}/publish", json={"sla": {**FILE, "name": "2"}}),
        client.put(f"{base}/draft", json=FILE),
    ]
    assert [answer.status_code for answer in answers] == [201] * 3, [a.text for a in answers]
