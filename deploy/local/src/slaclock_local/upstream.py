"""Connections from the front listener to services on this machine: HTTP/1.1, kept and reused.

The parser is httptools, the one that the services' server uses. Bodies pass in pieces, both ways,
and no faster than the slower side takes them.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from typing import Final, TypeAlias, cast

import httptools

__all__ = ["Connection", "Connections", "Gone", "Headers"]

Headers: TypeAlias = list[tuple[bytes, bytes]]

IDLE: Final = 10.0
"""Seconds that a connection is kept for reuse; services keep theirs longer."""
BUFFERED: Final = 256 * 1024
"""Bytes of an answer held for a slow reader before the service is made to wait."""


class Gone(Exception):  # noqa: N818 - news, not an error
    """The service ended the connection before its answer was complete."""


class Connection(asyncio.Protocol):
    """One connection, one request at a time.

    Attributes:
        status: of the answer, once `ask` has returned.
        headers: of the answer, as they came.
        whole: the answer has come to its end.
        reusable: another request may follow. Never after a body that was not sent whole: what
            comes next would be read as the rest of it.
        idle_since: monotonic seconds.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: Headers = []
        self.whole = False
        self.idle_since = 0.0
        self._kept_alive = self._sent = False
        self._bodiless = self._until_end = False
        self._chunks: deque[bytes] = deque()
        self._buffered, self._paused = 0, False
        self._head: asyncio.Future[None] | None = None
        self._more = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._parser: httptools.HttpResponseParser | None = None
        self._transport: asyncio.Transport | None = None

    @property
    def reusable(self) -> bool:
        """See the class."""
        return self._kept_alive and self._sent

    @property
    def sent(self) -> bool:
        """Whether all of the request has been written."""
        return self._sent

    @property
    def is_open(self) -> bool:
        """Whether it can carry anything."""
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, head: bytes, body: AsyncIterator[bytes] | None, *, bodiless: bool) -> None:
        """Send a request, and return when the head of its answer is there.

        Args:
            head: request line and headers, with the blank line.
            body: already framed as the head says.
            bodiless: the answer has no body whatever its headers say (HEAD).

        Raises:
            Gone: the service ended the connection.
        """
        self.status, self.headers, self.whole = 0, [], False
        self._kept_alive = self._sent = False
        self._bodiless, self._until_end = bodiless, False
        self._head = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._more.clear()
        self._write(head)
        if body is not None:
            async for chunk in body:
                await self._writable.wait()
                if self._head.done() or not self.is_open:
                    break  # answered without waiting for the rest
                self._write(chunk)
            else:
                self._sent = True
        else:
            self._sent = True
        await self._head

    async def chunks(self) -> AsyncIterator[bytes]:
        """The answer's body, piece by piece.

        Raises:
            Gone: the service ended the connection before the end.
        """
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                self._buffered -= len(chunk)
                if self._paused and self._buffered < BUFFERED and self._transport is not None:
                    self._paused = False
                    self._transport.resume_reading()
                yield chunk
            if self.whole:
                return
            if not self.is_open:
                raise Gone
            self._more.clear()
            await self._more.wait()

    def close(self) -> None:
        """End it at once."""
        if self._transport is not None:
            self._transport.abort()

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the loop's signature
        """Called by the loop."""
        if self._until_end and self.status:
            self.whole = True
        self._transport = None
        if self._head is not None and not self._head.done():
            self._head.set_exception(Gone())
        self._more.set()
        self._writable.set()

    def pause_writing(self) -> None:
        """Called by the loop: the service reads slower than the client writes."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Called by the loop."""
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        if self._parser is None or self.whole:  # an answer that nobody asked for
            self._kept_alive = False
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._kept_alive = False
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        if self._parser is None or self._head is None:
            return
        status = self._parser.get_status_code()
        if status < 200:  # an interim answer; the real one follows
            self.headers = []
            return
        self.status = status
        framed = {b"content-length", b"transfer-encoding"} & {name for name, _ in self.headers}
        self._until_end = not framed and status not in {204, 304} and not self._bodiless
        if self._bodiless:
            self.whole = True  # not reused: the parser waits for a body that never comes
        if not self._head.done():
            self._head.set_result(None)
            self._writable.set()  # who still sends learns that nobody waits for it

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._chunks.append(body)
        self._buffered += len(body)
        if not self._paused and self._buffered >= BUFFERED and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._more.set()

    def on_message_complete(self) -> None:
        """Called by the parser."""
        if self._parser is not None and self.status:
            self.whole = True
            self._kept_alive = self._parser.should_keep_alive() and not self._bodiless
            self._more.set()


class Connections:
    """Open connections by port, kept while they are idle."""

    def __init__(self) -> None:
        self._idle: defaultdict[int, list[Connection]] = defaultdict(list)

    async def take(self, port: int) -> Connection:
        """A connection to *port* of this machine, for one request.

        Raises:
            OSError: nobody listens there.
        """
        idle = self._idle[port]
        while idle:
            connection = idle.pop()
            if connection.is_open and time.monotonic() - connection.idle_since < IDLE:
                return connection
            connection.close()
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
        return connection

    def give_back(self, port: int, connection: Connection) -> None:
        """Keep it for the next request if it came to a good end, close it otherwise."""
        if connection.reusable and connection.is_open:
            connection.idle_since = time.monotonic()
            self._idle[port].append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Close what is idle."""
        for idle in self._idle.values():
            for connection in idle:
                connection.close()
        self._idle.clear()
