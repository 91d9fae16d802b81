"""The front listener: a thin reverse proxy that streams, from one port to the services' ports.

It changes nothing on the way but hop-by-hop headers, and keeps nothing. In Kubernetes the ingress
does this.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping, MutableMapping
from contextlib import suppress
from http import HTTPStatus
from socket import socket
from typing import Any, Final

import uvicorn
from starlette.types import Message, Receive, Scope, Send

from slaclock_local.upstream import Connection, Connections, Gone, Headers

__all__ = ["Front", "serve_front"]

HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"expect",
    }
)
FRAMING: Final = (b"content-length", b"transfer-encoding")
FORWARDED: Final = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded")
REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
ATTEMPTS: Final = 3
LOOKING: Final = 0.5
"""Seconds without an answer after which the front looks whether its client still waits."""
UNSAFE: Final = re.compile(rb"[^\x21-\x7e]")
"""What no request line may hold."""


class Front:
    """An ASGI application.

    Args:
        upstreams: port on this machine by the first part of the path.
    """

    def __init__(self, upstreams: Mapping[str, int]) -> None:
        self._upstreams = {name.encode(): port for name, port in upstreams.items()}
        self._connections = Connections()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            phase = (await receive())["type"]
            if phase == "lifespan.shutdown":
                self._connections.close()
            await send({"type": f"{phase}.complete"})
            if phase == "lifespan.shutdown":
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        first = path.split(b"/", 2)[1] if path.startswith(b"/") else b""
        if first in self._upstreams:
            await self._forward(scope, receive, send, self._upstreams[first], path)
        elif path == b"/":
            await _reply(send, 307, b"", [(b"location", b"/dashboard/")])
        elif path == b"/health/live":
            await _reply(send, 200, b'{"status":"live"}')
        elif path == b"/health/ready":
            waiting = await self._waiting_for()
            body = json.dumps({"waiting_for": waiting}).encode()
            await _reply(send, 503 if waiting else 200, body)
        else:
            known = ", ".join(f"/{name.decode()}/" for name in self._upstreams)
            await _refuse(send, 404, "not-found", f"nothing here; there are {known}")

    async def _waiting_for(self) -> list[str]:
        """What the services wait for, each line beginning with the service's name."""
        names = list(self._upstreams)
        answers = await asyncio.gather(*(self._asked(name) for name in names))
        return [
            f"{n.decode()}: {part}"
            for n, parts in zip(names, answers, strict=True)
            for part in parts
        ]

    async def _asked(self, name: bytes) -> list[str]:
        port = self._upstreams[name]
        head = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n"
        try:
            async with asyncio.timeout(5):
                connection = await self._connections.take(port)
                try:
                    await connection.ask(head, None, bodiless=False)
                    body = b"".join([chunk async for chunk in connection.chunks()])
                finally:
                    self._connections.give_back(port, connection)
        except (Gone, OSError, TimeoutError):
            return ["no answer"]
        if connection.status == 200:
            return []
        with suppress(ValueError, AttributeError, KeyError):
            return [str(part) for part in json.loads(body)["waiting_for"]] or ["unknown"]
        return [f"answers {connection.status}"]

    async def _forward(
        self, scope: Scope, receive: Receive, send: Send, port: int, path: bytes
    ) -> None:
        query: bytes = scope["query_string"]
        target = path + b"?" + query if query else path
        if UNSAFE.search(target):
            await _refuse(send, 400, "request.malformed", "the path holds unescaped characters")
            return
        framing = {name: value for name, value in scope["headers"] if name in FRAMING}
        has_body = bool(framing) and framing.get(b"content-length") != b"0"
        head = _head(scope, target, chunked=b"transfer-encoding" in framing)
        again = ATTEMPTS if scope["method"] in REPEATABLE and not has_body else 1
        while True:
            again -= 1
            body = _body(receive, chunked=b"transfer-encoding" in framing) if has_body else None
            connection: Connection | None = None
            try:
                connection = await self._connections.take(port)
                bodiless = scope["method"] == "HEAD"
                await _ask(connection, head, body, receive, bodiless=bodiless)
                await _relay(connection, receive, send)
            except ClientGone:
                return
            except (Gone, OSError):
                if connection is not None and connection.status:
                    raise  # what broke off in the middle must break off for the client, too
                if again > 0:  # the service was just restarted, and takes the next connection
                    await asyncio.sleep(0.1)
                    continue
                reason = "the service ended the connection without an answer; try again"
                await _refuse(send, 502, "upstream.unavailable", reason)
            finally:
                if connection is not None:
                    self._connections.give_back(port, connection)
            return


class ClientGone(Exception):  # noqa: N818 - news, not an error
    """The client closed its connection before its answer began."""


async def _ask(
    connection: Connection,
    head: bytes,
    body: AsyncIterator[bytes] | None,
    receive: Receive,
    *,
    bodiless: bool,
) -> None:
    """Ask, until the head of the answer is there; ask no longer once the client has gone.

    Most answers come at once: only after `LOOKING` seconds does anybody look for the client.

    Raises:
        ClientGone: the service learns it, too, as its connection is closed.
        Gone: the service ended the connection.
    """
    leaving: asyncio.Task[None] | None = None
    later: asyncio.TimerHandle
    loop = asyncio.get_running_loop()

    async def leave() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        connection.close()

    def look() -> None:
        nonlocal leaving, later
        if connection.sent:  # until then the body is read from there
            leaving = loop.create_task(leave())
        else:
            later = loop.call_later(LOOKING, look)

    later = loop.call_later(LOOKING, look)
    try:
        await connection.ask(head, body, bodiless=bodiless)
    except Gone:
        if leaving is not None and leaving.done() and not leaving.cancelled():
            raise ClientGone from None
        raise
    finally:
        later.cancel()
        if leaving is not None and not leaving.done():
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving


async def _relay(connection: Connection, receive: Receive, send: Send) -> None:
    """Pass the answer on as it comes, until it ends or the client has gone."""
    headers = _end_to_end(connection.headers)
    await send({"type": "http.response.start", "status": connection.status, "headers": headers})

    async def pump() -> None:
        async for chunk in connection.chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    if connection.whole:  # most answers: nothing to wait for
        await pump()
        return

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    pumping, leaving = asyncio.create_task(pump()), asyncio.create_task(gone())
    try:
        await asyncio.wait((pumping, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (leaving, pumping):
            if not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
    if not pumping.cancelled():
        pumping.result()


async def _body(receive: Receive, *, chunked: bool) -> AsyncIterator[bytes]:
    """The client's body, framed for the service."""
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        if chunk := message.get("body", b""):
            yield b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk
        if not message.get("more_body", False):
            if chunked:
                yield b"0\r\n\r\n"
            return


def _end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Without what concerns one connection only."""
    pairs = [(name.lower(), value) for name, value in headers]
    named = {
        token.strip().lower()
        for name, value in pairs
        if name == b"connection"
        for token in value.split(b",")
    }
    return [(name, value) for name, value in pairs if name not in HOP_BY_HOP | named]


def _head(scope: MutableMapping[str, Any], target: bytes, *, chunked: bool) -> bytes:
    """The request's head, as the service gets it."""
    headers = [pair for pair in _end_to_end(scope["headers"]) if pair[0] not in FORWARDED]
    client = scope.get("client")
    host = next((value for name, value in headers if name == b"host"), b"localhost")
    headers.append((b"x-forwarded-for", str(client[0]).encode() if client else b"unknown"))
    headers.append((b"x-forwarded-proto", str(scope.get("scheme", "http")).encode()))
    headers.append((b"x-forwarded-host", host))
    if chunked:
        headers = [pair for pair in headers if pair[0] != b"content-length"]
        headers.append((b"transfer-encoding", b"chunked"))
    first = b"%b %b HTTP/1.1\r\n" % (scope["method"].encode("ascii"), target)
    return first + b"".join(b"%b: %b\r\n" % pair for pair in headers) + b"\r\n"


async def _refuse(send: Send, status: int, code: str, detail: str) -> None:
    title = HTTPStatus(status).phrase
    problem = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "errors": [],
    }
    kind = [(b"content-type", b"application/problem+json")]
    await _reply(send, status, json.dumps(problem).encode(), kind)


async def _reply(send: Send, status: int, body: bytes, headers: Headers | None = None) -> None:
    kind = headers or [(b"content-type", b"application/json")]
    all_headers = [*kind, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": body})


def serve_front(upstreams: Mapping[str, int], listening: socket) -> int:
    """Run the front listener on a listening socket until SIGTERM; the child's exit code."""
    config = uvicorn.Config(
        Front(upstreams),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=75,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listening])
    return 0 if server.started else 1
