"""Roles, the credential header, and routes that nobody guards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from starlette.staticfiles import StaticFiles

from slaclock.auth import ByService, ByTechnician, Principal, Role, public, requires, unguarded
from slaclock.auth.keys import mint, write_keys
from slaclock.http import create_app
from slaclock.settings import PlatformSettings

COVERS = {
    Role.VIEWER: {Role.VIEWER},
    Role.TECHNICIAN: {Role.VIEWER, Role.TECHNICIAN},
    Role.MANAGER: {Role.VIEWER, Role.TECHNICIAN, Role.MANAGER},
    Role.ADMIN: {Role.VIEWER, Role.TECHNICIAN, Role.MANAGER, Role.ADMIN},
    Role.SERVICE: {Role.SERVICE},
}


@asynccontextmanager
async def nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


def app_of(routers: Sequence[APIRouter], keys: Path | None = None) -> FastAPI:
    settings = PlatformSettings.load(api_keys_file=keys, jwks_url=None)
    return create_app("sample", nothing, routers, list, settings=settings)


@pytest.fixture
def keys(tmp_path: Path) -> dict[Role, str]:
    minted = {role: mint("acme", role) for role in Role}
    write_keys(tmp_path / "keys.json", [record for _, record in minted.values()])
    return {role: key for role, (key, _) in minted.items()}


@pytest.fixture
async def client(
    keys: dict[Role, str],
    tmp_path: Path,
) -> AsyncIterator[httpx.AsyncClient]:
    router = APIRouter(prefix="/v1")

    @router.get("/work")
    async def work(who: ByTechnician) -> dict[str, str]:
        return {"tenant": who.tenant, "role": who.role}

    @router.get("/intake")
    async def intake(who: ByService) -> str:
        return who.tenant

    @router.get("/either", dependencies=[Depends(requires(Role.ADMIN, Role.SERVICE))])
    async def either() -> str:
        return "done"

    transport = httpx.ASGITransport(app_of([router], tmp_path / "keys.json"))
    async with httpx.AsyncClient(transport=transport, base_url="http://t/sample/v1") as made:
        yield made


@pytest.mark.parametrize(("held", "needed"), list(product(Role, Role)))
def test_which_role_covers_which(held: Role, needed: Role) -> None:
    assert held.covers(needed) is (needed in COVERS[held])


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/work", {Role.TECHNICIAN, Role.MANAGER, Role.ADMIN}),
        ("/intake", {Role.SERVICE}),
        ("/either", {Role.ADMIN, Role.SERVICE}),
    ],
)
@pytest.mark.parametrize("role", list(Role))
async def test_who_may_call_what(
    client: httpx.AsyncClient, keys: dict[Role, str], role: Role, path: str, allowed: set[Role]
) -> None:
    answer = await client.get(path, headers={"Authorization": f"Bearer {keys[role]}"})

    assert answer.status_code == (200 if role in allowed else 403)


async def test_403_names_the_role_that_is_needed(
    client: httpx.AsyncClient, keys: dict[Role, str]
) -> None:
    answer = await client.get("/either", headers={"Authorization": f"Bearer {keys[Role.VIEWER]}"})

    assert answer.json()["code"] == "role.insufficient"
    assert "admin or service" in answer.json()["detail"]
    assert "viewer" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        pytest.param(None, "credential.missing", id="none"),
        pytest.param("", "credential.missing", id="empty"),
        pytest.param("Bearer", "credential.missing", id="scheme only"),
        pytest.param("Bearer    ", "credential.missing", id="blank"),
        pytest.param("Basic YTpi", "credential.missing", id="another scheme"),
        pytest.param("Bearer slak_local_aaaaaaaa_short", "key.malformed", id="malformed"),
        pytest.param(f"Bearer slak_local_aaaaaaaa_{'x' * 43}", "key.unknown", id="unknown"),
        pytest.param("Bearer eyJhbGciOiJub25lIn0.e30.", "key.malformed", id="token, no provider"),
        pytest.param("Bearer \xff\xfe", "key.malformed", id="not ASCII"),
    ],
)
async def test_401_says_how_to_ask(
    client: httpx.AsyncClient, header: str | None, code: str
) -> None:
    headers = [] if header is None else [(b"authorization", header.encode("latin-1"))]
    answer = await client.get("/work", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["code"] == code
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_nothing_in_a_request_names_a_tenant_but_the_credential(
    client: httpx.AsyncClient, keys: dict[Role, str]
) -> None:
    headers = {"Authorization": f"bearer {keys[Role.ADMIN]}", "X-Tenant": "globex"}

    answer = await client.get("/work", headers=headers)
    asked = await client.get("/work", params={"tenant": "globex"}, headers=headers)

    assert answer.json() == {"tenant": "acme", "role": "admin"}
    assert (asked.status_code, asked.json()["errors"][0]["code"]) == (422, "field.unknown")


def test_a_route_without_a_role_is_found() -> None:
    router = APIRouter(prefix="/v1")

    @router.get("/guarded")
    async def guarded(who: ByTechnician) -> None: ...

    @router.get("/deep")
    async def deep(who: Annotated[str, Depends(_through_another)]) -> None: ...

    @router.get("/open")
    @public
    async def open_to_all() -> None: ...

    @router.post("/forgotten")
    async def forgotten() -> None: ...

    app = app_of([router])
    app.mount("/sample/static", StaticFiles(directory="."))

    assert unguarded(app) == ("MOUNT /sample/static", "POST /sample/v1/forgotten")
    assert unguarded(app, public_mounts=frozenset({"/sample/static"})) == (
        "POST /sample/v1/forgotten",
    )


async def _through_another(who: Annotated[Principal, Depends(requires(Role.ADMIN))]) -> str:
    return who.name


def test_requiring_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one role"):
        requires()
