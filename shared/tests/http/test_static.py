"""Pages: the files of a service beside those that all services share."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from slaclock.http import create_app
from slaclock.http.static import page_routes


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "page_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "index.html").write_text("<!doctype html><title>Test</title>")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    sys.modules.pop(folder.name, None)


@asynccontextmanager
async def idle(_: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
def client(package: Path) -> httpx.AsyncClient:
    app = create_app("planner", idle, [page_routes(package.name)], list)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://planner.test")


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        pytest.param("", "text/html; charset=utf-8", id="the page"),
        pytest.param("static/api.js", "text/javascript; charset=utf-8", id="a shared script"),
        pytest.param("static/tokens.css", "text/css; charset=utf-8", id="a shared style"),
        pytest.param("static/mark.svg", "image/svg+xml", id="a shared picture"),
    ],
)
async def test_files_come_without_a_credential_and_under_a_strict_policy(
    client: httpx.AsyncClient, path: str, media_type: str
) -> None:
    answer = await client.get(f"/planner/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "require-trusted-types-for 'script'" in policy
    again = await client.get(answer.url, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "name", ["__init__.py", "nothing.js", "..%2F__init__.py", "%2e%2e/index.html", "index.html%00"]
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/planner/static/{name}")
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_no_file_hides_another(package: Path) -> None:
    (package / "api.js").write_text("")
    with pytest.raises(ValueError, match=r"api\.js"):
        page_routes(package.name)
