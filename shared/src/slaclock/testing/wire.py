"""A way to PostgreSQL that breaks where a test wants it, as when a process or the network dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

__all__ = ["Wire", "wired"]

_CHUNK = 1 << 20


class Wire:
    """Passes on what clients send and what the server answers, until `break_at` says otherwise.

    Args:
        target: directory of the server's socket and its port, or host and port.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._host, self._port = target
        self._left: int | None = None
        self._heard = False
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def break_at(self, send: int, *, heard: bool) -> None:
        """Break every connection at the clients' *send*-th next send (from 0 on), once.

        Args:
            send: asyncpg sends once for each step of a statement.
            heard: the server gets that send, and its answer is lost; else it is lost itself.
        """
        self._left, self._heard = send, heard

    @property
    def broke(self) -> bool:
        """Whether it came to the send of the last `break_at`."""
        return self._left is None

    def mend(self) -> None:
        """Break no more."""
        self._left = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        if self._host.startswith("/"):
            path = f"{self._host}/.s.PGSQL.{self._port}"
            answers, onward = await asyncio.open_unix_connection(path)
        else:
            answers, onward = await asyncio.open_connection(self._host, self._port)
        self._open |= {writer, onward}
        back = asyncio.create_task(_pass_on(answers, writer))
        self._tasks.add(back)
        back.add_done_callback(self._tasks.discard)
        try:
            while chunk := await reader.read(_CHUNK):
                if self._left == 0:
                    await self._break(onward, chunk, back)
                    return
                if self._left is not None:
                    self._left -= 1
                onward.write(chunk)
                await onward.drain()
        except ConnectionError:
            return
        finally:
            onward.close()
            self._open -= {writer, onward}

    async def _break(
        self, onward: asyncio.StreamWriter, chunk: bytes, back: asyncio.Task[None]
    ) -> None:
        self._left = None
        back.cancel()
        if self._heard:
            onward.write(chunk)
            await onward.drain()
        for one in self._open:
            one.close()

    def close(self) -> None:
        """Hang up on everybody."""
        for task in self._tasks:
            task.cancel()
        for one in self._open:
            one.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        return
    finally:
        writer.close()


@asynccontextmanager
async def wired(dsn: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to the database at *dsn*, and its address for clients."""
    parts = urlsplit(dsn)
    query = dict(parse_qsl(parts.query))
    directory = query.pop("host", None)
    port = int(query.pop("port", 0)) or parts.port or 5432
    wire = Wire((directory or parts.hostname or "127.0.0.1", port))
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    user = parts.netloc.rpartition("@")[0] or quote(query.pop("user", ""))
    place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        netloc = f"{user}@{place}" if user else place
        yield wire, urlunsplit(parts._replace(netloc=netloc, query=urlencode(query)))
    finally:
        wire.close()
        server.close()
        await server.wait_closed()
