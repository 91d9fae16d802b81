"""A service's page: static files, read by everybody; what it shows needs a credential."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response

from slaclock.auth import public
from slaclock.http.missing import NotFound

__all__ = ["page_routes"]

SHARED: Final = "slaclock.page"
TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
SECURITY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page, with the tag that names its content."""

    body: bytes
    media_type: str
    tag: str


def _assets(packages: tuple[str, ...]) -> Mapping[str, Asset]:
    found: dict[str, Asset] = {}
    for package in packages:
        for file in files(package).iterdir():
            ending = file.name.rpartition(".")[2]
            if ending not in TYPES:
                continue
            if file.name in found:
                raise ValueError(f"{package} hides a file of the same name: {file.name}")
            body = file.read_bytes()
            tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            found[file.name] = Asset(body, TYPES[ending], tag)
    return found


def page_routes(package: str) -> APIRouter:
    """The page at `/<service>/`, and `/<service>/static/...`.

    Args:
        package: holds `index.html` and what is the service's own; the files of `slaclock.page` are
            served beside them.

    Raises:
        ValueError: *package* has a file of a name that `slaclock.page` has, too.
    """
    assets = _assets((SHARED, package))
    router = APIRouter(include_in_schema=False)

    def answer(name: str, known: str | None) -> Response:
        asset = assets.get(name)
        if asset is None:
            raise NotFound("file", name)
        headers = {**SECURITY, "ETag": asset.tag}
        if known == asset.tag:
            return Response(status_code=304, headers=headers)
        return Response(asset.body, media_type=asset.media_type, headers=headers)

    @router.get("/")
    @public
    async def page(if_none_match: Annotated[str | None, Header()] = None) -> Response:
        return answer("index.html", if_none_match)

    @router.get("/static/{name}")
    @public
    async def file(name: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        return answer(name, if_none_match)

    return router
