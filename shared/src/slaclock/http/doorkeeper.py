"""The first to see a request: refuses what no route should have to think of."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slaclock.errors import Refusal
from slaclock.http.body import TooLarge, check_depth, check_json, limit_of, takes_raw
from slaclock.http.problems import RefusedRequest, problem

__all__ = ["Doorkeeper"]

_JSON_TYPES: Final = ("application/json", "application/problem+json")


class Doorkeeper:
    """Middleware: bodies are counted while they stream in, JSON is checked once it is whole.

    The route decides how much it takes (`body_limit`, `raw_body`); it is known by the time the
    body is read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 422 to an address with NUL; else hand on, with a `receive` that checks."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
            refusal = problem(
                422, "text.unusable", "the address contains the character NUL; leave it out"
            )
            await refusal(scope, receive, send)
            return
        await self.app(scope, _Checked(scope, receive), send)


class _Checked:
    """`receive` that raises a refusal instead of handing on what it would not."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope, self._receive = scope, receive
        self._body = bytearray()
        headers = Headers(scope=scope)
        self._announced = _number(headers.get("content-length"))
        content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        self._is_json = content_type.endswith("+json") or content_type in _JSON_TYPES

    async def __call__(self) -> Message:
        """Raises `RefusedRequest`, which FastAPI lets through while it reads a body."""
        try:
            return await self._next()
        except Refusal as refusal:
            raise RefusedRequest(refusal) from refusal

    async def _next(self) -> Message:
        endpoint = self._scope.get("endpoint")
        limit = limit_of(endpoint)
        if self._announced > limit:
            raise TooLarge(limit)
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        self._body += message.get("body", b"")
        if len(self._body) > limit:
            raise TooLarge(limit)
        if self._is_json and not message.get("more_body") and self._body:
            body = bytes(self._body)
            check_depth(body)
            if not takes_raw(endpoint):
                check_json(body)
        return message


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else 0
