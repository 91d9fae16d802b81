"""Bad input of every kind: an answer that names field, value and remedy; never a 500."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

UNUSABLE = "body.unusable-value"
JSON = {"Content-Type": "application/json"}


def body(**more: Any) -> bytes:
    return json.dumps({"thing_id": "t"} | more).encode()


@pytest.mark.parametrize(
    ("sent", "field", "remedy"),
    [
        pytest.param(b"{}", "thing_id", "add it", id="missing"),
        pytest.param(body(thing_id=""), "thing_id", "at least 1", id="empty"),
        pytest.param(body(thing_id="x" * 201), "thing_id", "at most 200", id="too long"),
        pytest.param(body(thing_id=3), "thing_id", "text", id="number for text"),
        pytest.param(body(amount="many"), "amount", "whole number", id="words for a number"),
        pytest.param(body(amount=1.5), "amount", "whole number", id="fraction"),
        pytest.param(body(tenant_id="x"), "tenant_id", "remove it", id="unknown field"),
        pytest.param(body(windows={}), "windows", "list", id="object for a list"),
        pytest.param(
            body(windows=[{"start": "9", "weekday": 0}, {"start": "9"}]),
            "windows[1].weekday",
            "add it",
            id="deep inside",
        ),
        pytest.param(body(at="2026-03-02T09:00:00"), "at", "offset", id="naive instant"),
        pytest.param(body(at="tomorrow"), "at", "RFC 3339", id="no instant"),
        pytest.param(b"[1]", "body", "object", id="a list"),
        pytest.param(b"null", "body", "", id="null"),
        pytest.param(b"", "body", "add it", id="nothing"),
    ],
)
async def test_a_fault_names_field_value_and_remedy(
    client: httpx.AsyncClient, sent: bytes, field: str, remedy: str
) -> None:
    answer = await client.post("/sample/v1/things", content=sent, headers=JSON)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["code"] == "request.invalid"
    (error,) = document["errors"]
    assert error["field"] == field
    assert remedy in error["remedy"]
    assert error["message"]


@pytest.mark.parametrize(
    ("sent", "status", "code", "field"),
    [
        pytest.param(b"{", 400, "body.malformed", None, id="cut"),
        pytest.param(b"\xff", 400, "body.malformed", None, id="not UTF-8"),
        pytest.param(body().decode().encode("utf-16"), 400, "body.malformed", None, id="UTF-16"),
        pytest.param(b'{"amount": NaN}', 400, "body.malformed", None, id="NaN"),
        pytest.param(b'{"amount": -Infinity}', 400, "body.malformed", None, id="infinity"),
        pytest.param(b'{"a": "\x00"}', 400, "body.malformed", None, id="raw NUL"),
        pytest.param(b'{"thing_id": "a\\u0000"}', 422, UNUSABLE, "thing_id", id="NUL"),
        pytest.param(
            b'{"more": {"k": ["\\ud800"]}}',
            422,
            UNUSABLE,
            "more.k[0]",
            id="half a pair",
        ),
        pytest.param(
            b'{"thing_id": "\xed\xa0\x80"}', 400, "body.malformed", None, id="half a pair, encoded"
        ),
        pytest.param(b'{"more": {"\\u0000": 1}}', 422, UNUSABLE, "more.\\x00", id="NUL in a key"),
        pytest.param(
            b'{"amount": 9223372036854775808}',
            422,
            UNUSABLE,
            "amount",
            id="64 bits + 1",
        ),
        pytest.param(
            b'{"amount": ' + b"9" * 5000 + b"}",
            422,
            UNUSABLE,
            "amount",
            id="5000 digits",
        ),
        pytest.param(b'{"more": 1e999}', 422, UNUSABLE, "more", id="infinite fraction"),
        pytest.param(
            b'{"more":' + b"[" * 40 + b"]" * 40 + b"}", 422, "body.too-deep", None, id="40 deep"
        ),
        pytest.param(b"[" * 60_000, 422, "body.too-deep", None, id="60000 deep and cut"),
        pytest.param(body(more="x" * 65_536), 413, "body.too-large", None, id="too large"),
    ],
)
async def test_what_no_route_has_to_think_of(
    client: httpx.AsyncClient, sent: bytes, status: int, code: str, field: str | None
) -> None:
    answer = await client.post("/sample/v1/things", content=sent, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [error["field"] for error in answer.json()["errors"]] == ([field] if field else [])


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(body(thing_id="Ticket \U0001f600 ü / ? #"), id="any Unicode"),
        pytest.param(b'{"thing_id": "\\ud83d\\ude00"}', id="a whole pair, escaped"),
        pytest.param(b'{"thing_id": "\\\\u0000"}', id="an escaped backslash"),
        pytest.param(body(amount=2**63 - 1), id="the largest number"),
        pytest.param(body(amount=-(2**63)), id="the smallest number"),
        pytest.param(body(thing_id="ä" * 200), id="200 characters"),
        pytest.param(body(thing_id="[" * 100), id="brackets in text"),
        pytest.param(body(thing_id='\\"[[' * 40), id="quotes and brackets in text"),
    ],
)
async def test_what_is_odd_and_good(client: httpx.AsyncClient, sent: bytes) -> None:
    answer = await client.post("/sample/v1/things", content=sent, headers=JSON)

    assert answer.status_code == 200
    assert answer.json()["thing_id"] == json.loads(sent)["thing_id"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("limit=0", 422, id="page of none"),
        pytest.param("limit=201", 422, id="page too large"),
        pytest.param("limit=99999999999999999999", 422, id="page beyond 64 bits"),
        pytest.param("limit=" + "9" * 5000, 422, id="page of 5000 digits"),
        pytest.param("limit=ten", 422, id="page in words"),
        pytest.param("name=%00", 422, id="NUL"),
        pytest.param("name=a%00b&limit=3", 422, id="NUL among others"),
        pytest.param("name=%ff%fe", 200, id="not UTF-8 is replaced"),
        pytest.param("name=%ed%a0%80", 200, id="half a pair is replaced"),
        pytest.param("cursor=x", 400, id="no cursor"),
        pytest.param("cursor=" + "a" * 2001, 422, id="cursor too long"),
        pytest.param("", 200, id="nothing"),
    ],
)
async def test_queries(client: httpx.AsyncClient, query: str, status: int) -> None:
    answer = await client.get(f"/sample/v1/things?{query}")

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("things/a/versions/1", 428, id="good"),
        pytest.param("things/%C3%A4%20b/versions/1", 428, id="any Unicode"),
        pytest.param("things/a/versions/0", 422, id="version 0"),
        pytest.param("things/a/versions/2147483648", 422, id="version beyond 32 bits"),
        pytest.param("things/a/versions/x", 422, id="version in words"),
        pytest.param(f"things/{'x' * 201}/versions/1", 422, id="id too long"),
        pytest.param("things/a%00b/versions/1", 422, id="NUL"),
    ],
)
async def test_paths(client: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await client.put(f"/sample/v1/{path}")

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("APPLICATION/JSON", 200),
        ("application/merge-patch+json", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
async def test_content_types(client: httpx.AsyncClient, content_type: str, status: int) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await client.post("/sample/v1/things", content=body(), headers=headers)

    assert answer.status_code == status


async def in_parts(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 10):
        yield b"x" * 10


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        pytest.param("small", 100, 200, id="at the limit of the route"),
        pytest.param("small", 110, 413, id="beyond the limit of the route"),
        pytest.param("raw", 65_530, 200, id="within the usual limit"),
        pytest.param("raw", 65_540, 413, id="beyond the usual limit"),
    ],
)
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "streamed"])
async def test_sizes(
    client: httpx.AsyncClient, path: str, size: int, status: int, announced: bool
) -> None:
    content = b"x" * size if announced else in_parts(size)
    answer = await client.post(f"/sample/v1/{path}", content=content)

    assert answer.status_code == status


async def test_a_raw_route_gets_text_that_others_refuse(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sample/v1/raw", content=b'["\\ud800"]', headers=JSON)

    assert answer.status_code == 200


async def test_a_raw_route_is_spared_a_deep_body(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sample/v1/raw", content=b"[" * 33, headers=JSON)

    assert answer.status_code == 422


async def test_an_answer_repeats_long_values_shortened(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sample/v1/things", content=body(amount="x" * 60_000), headers=JSON)

    assert len(answer.content) < 2000


async def test_an_answer_lists_no_more_than_it_can_show(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sample/v1/things", content=body(windows=[{}] * 200), headers=JSON)

    assert len(answer.json()["errors"]) == 100
    assert answer.json()["errors_total"] == 400


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    sent=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["thing_id", "more", "x"]), inner, max_size=3)
            ),
            max_leaves=10,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
async def test_no_body_is_our_fault(client: httpx.AsyncClient, sent: bytes) -> None:
    answer = await client.post("/sample/v1/things", content=sent, headers=JSON)

    assert answer.status_code in {200, 400, 422}
