"""A request with a key has its effect once, and the same answer every time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from slaclock.auth import ByAdmin, Principal, Role
from slaclock.errors import Refusal
from slaclock.http import IdempotencyKey, create_app, once
from slaclock.http.idempotency import Claim, KeptAnswer, Slot

AUTH = {"Authorization": "Bearer acme"}


class Memory:
    """Answers kept in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str], tuple[str, KeptAnswer | None]] = {}

    async def claim(self, slot: Slot) -> Claim:
        place = (slot.tenant, slot.route, slot.key)
        if place not in self.kept:
            self.kept[place] = (slot.request_hash, None)
            return Claim(mine=True, request_hash=slot.request_hash)
        request_hash, answer = self.kept[place]
        return Claim(mine=False, request_hash=request_hash, answer=answer)

    async def fill(self, slot: Slot, answer: KeptAnswer) -> None:
        self.kept[(slot.tenant, slot.route, slot.key)] = (slot.request_hash, answer)

    async def free(self, slot: Slot) -> None:
        del self.kept[(slot.tenant, slot.route, slot.key)]


class AnyTenant:
    async def principal(self, credential: str) -> Principal:
        return Principal(credential, Role.ADMIN, "tester")


class Shop:
    """Counts what was made; a test lets it fail or wait."""

    def __init__(self) -> None:
        self.made = 0
        self.failure: Exception | None = None
        self.status = 201
        self.go = asyncio.Event()
        self.go.set()

    async def make(self) -> Response:
        await self.go.wait()
        if self.failure:
            raise self.failure
        self.made += 1
        headers = {"Location": f"/orders/{self.made}", "X-Other": "not kept"}
        return JSONResponse({"order": self.made}, self.status, headers=headers)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    answers = Memory()
    router = APIRouter(prefix="/v1")

    @router.post("/orders")
    async def order(
        request: Request, who: ByAdmin, body: dict[str, Any], key: IdempotencyKey = None
    ) -> Response:
        del body
        return await once(answers, request, who, key, shop.make)

    @asynccontextmanager
    async def nothing(_: FastAPI) -> AsyncIterator[None]:
        yield

    app = create_app("shop", nothing, [router], list, authenticator=AnyTenant())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://t/shop/v1", headers=AUTH
    ) as made:
        yield made


async def order(
    client: httpx.AsyncClient, key: str | None = "k1", body: object = None, **headers: str
) -> httpx.Response:
    sent = headers if key is None else {"Idempotency-Key": key, **headers}
    return await client.post("/orders", json=body or {"a": 1}, headers=sent)


async def test_the_same_request_twice_has_one_effect(client: httpx.AsyncClient, shop: Shop) -> None:
    first, second = await order(client), await order(client)

    assert shop.made == 1
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["content-type"] == "application/json"
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


async def test_without_a_key_each_counts(client: httpx.AsyncClient, shop: Shop) -> None:
    await order(client, None)
    await order(client, None)

    assert shop.made == 2


async def test_another_body_is_refused(client: httpx.AsyncClient, shop: Shop) -> None:
    await order(client)
    other = await order(client, body={"a": 2})

    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key-reused")
    assert shop.made == 1


async def test_another_tenant_has_keys_of_its_own(client: httpx.AsyncClient, shop: Shop) -> None:
    await order(client)
    await order(client, Authorization="Bearer globex")

    assert shop.made == 2


async def test_while_the_first_is_at_work_the_second_waits(
    client: httpx.AsyncClient, shop: Shop
) -> None:
    # given
    shop.go.clear()
    first = asyncio.create_task(order(client))
    for _ in range(50):
        await asyncio.sleep(0)

    # when
    second = await order(client)

    # then
    assert (second.status_code, second.json()["code"]) == (409, "idempotency.in-progress")
    assert second.headers["retry-after"] == "1"
    shop.go.set()
    assert (await first).status_code == 201
    assert (await order(client)).status_code == 201
    assert shop.made == 1


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        pytest.param(Refusal("no"), 422, id="refused"),
        pytest.param(ConnectionError("away"), 503, id="outage"),
        pytest.param(RuntimeError("bug"), 500, id="surprise"),
    ],
)
async def test_a_failure_frees_the_key(
    client: httpx.AsyncClient, shop: Shop, failure: Exception, status: int
) -> None:
    shop.failure = failure
    assert (await order(client)).status_code == status

    shop.failure = None
    assert (await order(client)).status_code == 201


async def test_an_answer_of_500_is_not_kept(client: httpx.AsyncClient, shop: Shop) -> None:
    shop.status = 502
    await order(client)
    shop.status = 201

    assert (await order(client)).status_code == 201


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="empty"),
        pytest.param(" ", id="blank"),
        pytest.param("a b", id="space"),
        pytest.param("x" * 201, id="too long"),
        pytest.param("\xe4", id="not ASCII"),
    ],
)
async def test_a_malformed_key_says_what_a_key_is(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post(
        "/orders", json={}, headers=[(b"idempotency-key", key.encode("latin-1"))]
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.key-malformed")
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
