"""An application with one route of each kind, and a client for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy.exc import DBAPIError

from slaclock.auth import ByViewer, Principal, Role, public
from slaclock.errors import Fault, Refusal
from slaclock.http import (
    Cursor,
    Id,
    IdInPath,
    IfMatch,
    Limit,
    NotFound,
    VersionInPath,
    body_limit,
    create_app,
    etag,
    raw_body,
    require_match,
)
from slaclock.http.cursors import decode, encode

SMALL = 100


class Window(BaseModel):
    model_config = ConfigDict(extra="forbid")

    start: str
    weekday: int


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    thing_id: Id
    amount: int = 0
    windows: list[Window] = []
    at: AwareDatetime | None = None
    more: Any = None


class Nobody:
    """An authenticator that knows one key."""

    async def principal(self, credential: str) -> Principal:
        return Principal(credential, Role.ADMIN, "tester")


class Ready:
    """What the application waits for; a test changes it."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.hangs = False

    async def __call__(self) -> Iterable[str]:
        if self.hangs:
            await asyncio.Event().wait()
        return self.parts


@asynccontextmanager
async def nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


def failure(how: str) -> Exception:
    """What a route may raise, by name; a bug of ours for any other name."""
    driver = RuntimeError("driver")
    driver.__cause__ = asyncpg.AdminShutdownError("bye")
    fault = Fault("a.b", 1, "is wrong", "make it right", "a.wrong")
    known = {
        "refused": Refusal(faults=[fault], code="a.wrong"),
        "missing": NotFound("thing", "x\ud800\x00"),
        "surprise": RuntimeError("password=geheim"),
        "outage": ConnectionRefusedError(111, "refused"),
        "database": asyncpg.CannotConnectNowError("starting up"),
        "wrapped": DBAPIError("SELECT 1", None, driver),
    }
    return known.get(how, DBAPIError("SELECT 1", None, RuntimeError("a bug of ours")))


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post("/things")
    @public
    async def make(thing: Thing) -> Thing:
        return thing

    @router.put("/things/{thing_id}/versions/{version}")
    @public
    async def change(thing_id: IdInPath, version: VersionInPath, if_match: IfMatch = None) -> str:
        require_match(if_match, etag(version))
        return thing_id

    @router.get("/things")
    @public
    async def read(
        cursor: Cursor = None, limit: Limit = 50, name: Annotated[str, Query()] = ""
    ) -> dict[str, Any]:
        after = decode("things", cursor, str) if cursor else ("",)
        return {"items": [after[0], limit, name], "next": encode("things", "k")}

    @router.post("/small")
    @public
    @body_limit(SMALL)
    async def small(request: Request) -> int:
        return len(await request.body())

    @router.post("/raw")
    @public
    @raw_body
    async def raw(request: Request) -> int:
        return len(await request.body())

    @router.get("/guarded")
    async def guarded(who: ByViewer) -> str:
        return who.tenant

    @router.get("/fails/{how}")
    @public
    async def fails(how: str) -> None:
        raise failure(how)

    return router


@pytest.fixture
def ready() -> Ready:
    return Ready()


@pytest.fixture
def app(ready: Ready) -> FastAPI:
    return create_app("sample", nothing, [routes()], ready, authenticator=Nobody())


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as made:
        yield made
