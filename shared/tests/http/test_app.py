"""Where an application answers, and what goes with every answer."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from slaclock.auth import unguarded


@pytest.mark.parametrize(
    "path",
    [
        "/sample/health/live",
        "/sample/health/ready",
        "/sample/metrics",
        "/sample/openapi.json",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/sample/v1/things",
    ],
)
async def test_the_paths_of_a_service(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize("path", ["/", "/v1/things", "/docs", "/redoc", "/sample/v1/things/"])
async def test_other_paths_are_a_problem(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"
    assert path in answer.json()["detail"]


async def test_another_method_says_which_there_are(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/sample/v1/things")

    assert answer.status_code == 405
    assert answer.json()["code"] == "method.not-allowed"
    assert answer.headers["allow"]


async def test_a_service_that_waits_is_live_and_not_ready(
    client: httpx.AsyncClient, ready: Any
) -> None:
    ready.parts = ["nats", "database"]

    assert (await client.get("/health/live")).status_code == 200
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"waiting_for": ["database", "nats"]}


async def test_a_check_that_hangs_is_not_ready(client: httpx.AsyncClient, ready: Any) -> None:
    ready.hangs = True

    assert (await client.get("/health/ready")).status_code == 503


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/sample/v1/fails/surprise"])
async def test_every_answer_has_safe_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers

    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


async def test_metrics_have_no_series_per_id(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await client.put(f"/sample/v1/things/secret-{number}/versions/1")
    await client.request("BREW", "/sample/v1/things")

    text = (await client.get("/metrics")).text

    assert "secret" not in text
    assert "BREW" not in text
    assert 'route="/v1/things/{thing_id}/versions/{version}"' in text
    assert "sla_sample_http_request_seconds" in text


async def test_the_document_describes_problems_and_credentials(client: httpx.AsyncClient) -> None:
    document = (await client.get("/sample/openapi.json")).json()

    refused = document["paths"]["/sample/v1/things"]["post"]["responses"]["4XX"]
    problem = refused["content"]["application/problem+json"]["schema"]
    assert set(problem["required"]) == {"type", "title", "status", "code", "detail", "errors"}
    assert "HTTPValidationError" not in document["components"]["schemas"]
    guarded = document["paths"]["/sample/v1/guarded"]["get"]
    assert guarded["security"] == [{"HTTPBearer": []}]


def test_every_route_of_the_operations_is_declared(app: FastAPI) -> None:
    assert unguarded(app) == ()
