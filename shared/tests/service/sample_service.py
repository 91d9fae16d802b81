"""A whole small service, run by tests in a process of its own: `sample_service.py FD [fork]`."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from slaclock.auth import public
from slaclock.http import create_app
from slaclock.service import Loops, ServiceSpec, serve
from slaclock.settings import PlatformSettings


def build(settings: PlatformSettings) -> FastAPI:
    loops = Loops()
    router = APIRouter(prefix="/v1")

    @router.get("/slow")
    @public
    async def slow() -> str:
        await asyncio.sleep(0.5)
        return "done"

    @asynccontextmanager
    async def never() -> AsyncIterator[None]:
        raise ConnectionError("the database is away")
        yield

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with loops:
            loops.obtain("database", never)
            yield

    return create_app("sample", lifespan, [router], loops.waiting_for, settings=settings)


def main() -> int:
    sock = socket.socket(fileno=int(sys.argv[1]))
    spec = ServiceSpec("sample", "nowhere", build)
    if sys.argv[2:] == ["fork"]:
        child = os.fork()
        if child:
            _, status = os.waitpid(child, 0)
            return os.waitstatus_to_exitcode(status)
    code = serve(spec, sock=sock)
    sys.stdout.write("the end\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
