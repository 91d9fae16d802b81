"""A platform of two small made-up services: `madeup.py HOME HTTP_PORT NATS_PORT [JOB]`."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse

from slaclock.cli.exits import code_of
from slaclock.cli.output import complain
from slaclock.errors import Refusal
from slaclock.service import ServiceSpec
from slaclock.settings import PlatformSettings
from slaclock_local.platform import Platform
from slaclock_local.refusals import Stopped


def build(settings: PlatformSettings) -> FastAPI:  # noqa: C901, PLR0915 - many small routes
    """Keeps rows in a table, echoes requests, and streams."""
    name = "calendar" if settings.calendar_database_url else "sla"
    dsn = settings.database_url(name)
    gone: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.sleep(float(os.environ.get("MADEUP_SLOW", "0")))
        yield

    app = FastAPI(lifespan=lifespan)

    async def fetch(statement: str) -> int:
        connection = await asyncpg.connect(dsn)
        try:
            return int(await connection.fetchval(statement))
        finally:
            await connection.close()

    @app.get("/health/ready")
    async def ready() -> JSONResponse:
        try:
            await fetch("SELECT count(*) FROM thing")
        except (OSError, asyncpg.PostgresError):
            return JSONResponse({"waiting_for": ["database"]}, 503)
        return JSONResponse({"waiting_for": []})

    @app.post(f"/{name}/rows")
    async def add_row() -> int:
        return await fetch("INSERT INTO thing VALUES (1) RETURNING n")

    @app.get(f"/{name}/rows")
    async def count_rows() -> int:
        return await fetch("SELECT count(*) FROM thing")

    @app.get(f"/{name}/pid")
    async def pid() -> int:
        return os.getpid()

    @app.get(f"/{name}/environment")
    async def environment() -> dict[str, str]:
        return {key: value for key, value in os.environ.items() if key.startswith("SLACLOCK_")}

    @app.get(f"/{name}/descriptors")
    async def descriptors() -> list[str]:
        links = []
        for entry in Path("/proc/self/fd").iterdir():
            try:
                links.append(str(entry.readlink()))
            except FileNotFoundError:
                continue
        return links

    @app.get(f"/{name}/stream")
    async def stream(request: Request) -> StreamingResponse:
        async def events() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield f"data: {time.time()}\n\n".encode()
                    await asyncio.sleep(0.05)
            finally:
                gone.append("a reader")

        return StreamingResponse(events(), media_type="text/event-stream")

    @app.get(f"/{name}/large")
    async def large() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            for number in range(512):
                yield bytes([number % 256]) * 65536

        return StreamingResponse(pieces())

    @app.post(f"/{name}/thinking")
    async def think(request: Request) -> None:
        await request.body()
        while not await request.is_disconnected():
            await asyncio.sleep(0.05)
        gone.append("an asker")

    @app.get(f"/{name}/gone")
    async def how_many_are_gone() -> int:
        return len(gone)

    @app.post(f"/{name}/die")
    async def die() -> None:
        os._exit(9)

    @app.get(f"/{name}/break")
    async def break_off() -> StreamingResponse:
        async def half() -> AsyncIterator[bytes]:
            yield b"half"
            await asyncio.sleep(0.1)
            os._exit(9)

        return StreamingResponse(half())

    @app.api_route(f"/{name}/echo/{{rest:path}}", methods=["GET", "POST", "PUT", "DELETE", "HEAD"])
    async def echo(request: Request) -> JSONResponse:
        body = await request.body()
        document = {
            "method": request.method,
            "path": request.scope["raw_path"].decode(),
            "query": request.scope["query_string"].decode(),
            "headers": {key.lower(): value for key, value in request.headers.items()},
            "length": len(body),
        }
        return JSONResponse(document, headers={"x-kept": "yes", "etag": '"v1"'})

    return app


def job() -> int:
    """What `Platform.run` runs in the test."""
    sys.stderr.write(f"job in {os.getpid()}\n")
    sys.stderr.flush()
    time.sleep(float(os.environ.get("MADEUP_JOB", "0.5")))
    return 7


def main(home: str, http_port: str, nats_port: str, *more: str) -> int:
    """Run the platform as `slaclock up` does."""
    services = {
        name: lambda name=name: ServiceSpec(name, "madeup_migrations", build)
        for name in ("calendar", "sla")
    }
    platform = Platform(
        Path(home), http_port=int(http_port), nats_port=int(nats_port), services=services
    )
    try:
        with platform:
            return platform.run(job) if more else platform.supervise()
    except Stopped as stopped:
        return stopped.exit_code
    except Refusal as refusal:
        complain(refusal)
        return code_of(refusal)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
