"""A database that is away is no fault of the request and none of the code: 503, try again."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from slaclock.http.problems import problem
from slaclock.store.pool import OUTAGES

__all__ = ["install", "passes"]

log = structlog.get_logger(__name__)


def install(app: FastAPI) -> None:
    """Let *app* answer 503 to what passes by waiting, whichever library raised it."""
    for outage in (*OUTAGES, PoolExhausted):
        app.add_exception_handler(outage, _on_outage)
    app.add_exception_handler(DBAPIError, _on_database_error)


def passes(error: Exception) -> bool:
    """Whether *error* says that a database is away, whichever library raised it."""
    if isinstance(error, DBAPIError):  # SQLAlchemy wraps what the driver raised, twice
        return isinstance(getattr(error.orig, "__cause__", None), OUTAGES)
    return isinstance(error, (*OUTAGES, PoolExhausted))


async def _on_outage(_: Request, error: Exception) -> Response:
    log.warning("outage", reason=f"{type(error).__name__}: {error}")
    return problem(
        503,
        "unavailable",
        "the service's database does not answer; try again shortly",
        headers={"Retry-After": "1"},
    )


async def _on_database_error(request: Request, error: Exception) -> Response:
    if passes(error):
        return await _on_outage(request, error)
    raise error
