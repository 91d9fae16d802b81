"""Every address of every service refuses parameters that its OpenAPI document does not list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest

from slaclock.service.openapi import documents
from slaclock.service.spec import discover
from slaclock.settings import PlatformSettings

METHODS = {"get", "put", "post", "patch", "delete"}


def operations() -> Iterator[Any]:
    """(service, method, path with something in it, the parameters that it lists)."""
    for service, document in documents():
        for path, operation_of in orjson.loads(document)["paths"].items():
            for method, operation in operation_of.items():
                if method in METHODS and "/v1/" in path:
                    listed = operation.get("parameters", [])
                    known = [one["name"] for one in listed if one["in"] == "query"]
                    yield service, method, re.sub(r"\{[^}]*\}", "1", path), known


async def test_a_misspelt_parameter_is_refused_everywhere() -> None:
    asked = 0
    applications = {}
    for name, load in discover().items():
        spec = load()
        nowhere = {f"{spec.database}_database_url": "postgresql://nobody@localhost/nothing"}
        applications[name] = spec.build(PlatformSettings.load(**nowhere))
    for service, method, path, known in operations():
        misspelt = f"{known[0]}x" if known else "limit"
        transport = httpx.ASGITransport(applications[service])
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            answer = await client.request(method, f"{path}?{misspelt}=1")
        assert answer.status_code == 422, (method, path, answer.text)
        (error,) = answer.json()["errors"]
        assert (error["field"], error["code"]) == (misspelt, "field.unknown"), path
        *meant, takes = error["remedy"].rsplit("it takes ", 1)
        assert takes.split(", ") == (known or ["no parameters"]), path
        assert not known or meant == [f"did you mean {known[0]}? "], path
        asked += 1
    assert asked > 100


@pytest.mark.parametrize("service", ["dashboard", "calendar"])
async def test_pages_keep_what_they_like_in_their_address(service: str) -> None:
    spec = discover()[service]()
    nowhere = {f"{spec.database}_database_url": "postgresql://nobody@localhost/nothing"}
    transport = httpx.ASGITransport(spec.build(PlatformSettings.load(**nowhere)))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        assert (await client.get(f"/{service}/?anything=1")).status_code == 200
