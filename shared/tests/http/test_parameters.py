"""A query parameter that a route does not know is refused, and the answer says what was meant."""

from __future__ import annotations

import httpx
import pytest


@pytest.mark.parametrize(
    ("query", "field", "remedy"),
    [
        pytest.param(
            "limt=3", "limt", "did you mean limit? it takes cursor, limit, name", id="a letter less"
        ),
        pytest.param(
            "Limit=3", "Limit", "did you mean limit? it takes cursor, limit, name", id="case"
        ),
        pytest.param("state=open", "state", "it takes cursor, limit, name", id="nothing like it"),
        pytest.param("limit=3&page=2", "page", "it takes cursor, limit, name", id="beside others"),
        pytest.param("=3", "", "it takes cursor, limit, name", id="no name"),
        pytest.param("limit", "limit", None, id="a known one without a value is its own matter"),
    ],
)
async def test_what_is_not_known_is_named(
    client: httpx.AsyncClient, query: str, field: str, remedy: str | None
) -> None:
    answer = await client.get(f"/sample/v1/things?{query}")
    if remedy is None:
        assert "is not a parameter" not in answer.text
        return
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["code"], [one["field"] for one in problem["errors"]]) == (
        "request.invalid",
        [field],
    )
    (error,) = problem["errors"]
    assert (error["code"], error["remedy"]) == ("field.unknown", remedy)


async def test_each_of_several_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.get("/sample/v1/things?a=1&b=2&b=3&limit=1")
    assert [(one["field"], one["value"]) for one in answer.json()["errors"]] == [
        ("a", "1"),
        ("b", "3"),
    ]


async def test_a_route_without_parameters_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get("/sample/v1/guarded?x=1")
    assert answer.json()["errors"][0]["remedy"] == "it takes no parameters"


async def test_known_ones_pass(client: httpx.AsyncClient) -> None:
    answer = await client.get("/sample/v1/things?limit=3&name=x")
    assert answer.json()["items"] == ["", 3, "x"]


@pytest.mark.parametrize("path", ["/health/live?probe=1", "/sample/health/live?probe=1"])
async def test_operations_are_not_in_the_document_and_take_anything(
    client: httpx.AsyncClient, path: str
) -> None:
    assert (await client.get(path)).status_code == 200
