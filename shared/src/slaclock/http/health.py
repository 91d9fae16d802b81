"""Is the process alive, is it ready, what has it counted."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeAlias

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from slaclock.auth import public

__all__ = ["Readiness", "operations"]

Readiness: TypeAlias = Callable[[], Iterable[str] | Awaitable[Iterable[str]]]
"""Names what the service waits for; nothing when it is ready."""
_PATIENCE: Final = 2.0


def operations(readiness: Readiness, registry: CollectorRegistry) -> APIRouter:
    """`/health/live`, `/health/ready` and `/metrics`. Liveness never asks another part."""
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    @public
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/health/ready")
    @public
    async def ready() -> Response:
        waiting_for = await _waiting_for(readiness)
        return JSONResponse({"waiting_for": waiting_for}, 503 if waiting_for else 200)

    @router.get("/metrics")
    @public
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


async def _waiting_for(readiness: Readiness) -> list[str]:
    try:
        async with asyncio.timeout(_PATIENCE):
            found = readiness()
            if inspect.isawaitable(found):
                found = await found
            return sorted(found)
    except TimeoutError:
        return ["an answer of its own checks"]
