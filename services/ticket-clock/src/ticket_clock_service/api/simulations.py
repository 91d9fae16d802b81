"""Simulations over HTTP: the result alone, or lines that tell how far it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import orjson
import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from slaclock.auth import ByManager
from slaclock.errors import Refusal
from slaclock.http.body import MIB, body_limit
from slaclock.http.outages import passes
from slaclock.http.problems import problem, problem_of
from slaclock.service import Late
from ticket_clock_service.api.edge import Edge
from ticket_clock_service.api.running import Running
from ticket_clock_service.api.simulation_schemas import SimulationIn, SimulationOut, document_of
from ticket_clock_service.usecases.candidates import Chosen

__all__ = ["simulation_routes"]

LINES: Final = "application/x-ndjson"
_LINES_OUT: Final = {
    "description": "The result; with `Accept: application/x-ndjson` lines `{'progress': {'done',"
    " 'of'}}`, and at the end `{'result'}` or `{'problem'}`",
    "content": {LINES: {"schema": {"type": "string"}}},
}

log = structlog.get_logger(__name__)


def simulation_routes(late: Late[Edge]) -> APIRouter:
    """For managers: a simulation shows all customers of a tenant, and takes a processor."""
    router = APIRouter(tags=["simulations"])

    @router.post(
        "/simulations",
        response_model=SimulationOut,
        responses={200: _LINES_OUT},
        summary="What tickets would have come to under another SLA or calendar",
    )
    @body_limit(2 * MIB)
    async def simulate(who: ByManager, asked: SimulationIn, request: Request) -> Response:
        """Changes nothing. One at a time in each process: 429 `simulation.busy` meanwhile.

        What is refused before it begins has its own status, also where lines are asked for. It
        ends when its client goes away.
        """
        edge = late.now()
        chosen = await asked.chosen(edge.candidates, who.tenant)
        run = Running(edge.simulator, asked.question(who.tenant, chosen))
        try:
            await run.begun()
        except BaseException:
            run.stop()
            raise
        if LINES in request.headers.get("accept", ""):
            return _Lines(run, chosen)
        return await _whole(run, chosen, request)

    return router


async def _whole(run: Running, chosen: Chosen, request: Request) -> Response:
    try:
        async for _ in run.steps():
            if await request.is_disconnected():
                return Response(status_code=499)  # as nginx says it; nobody reads it
        body = orjson.dumps(document_of(await run.result(), chosen))
    finally:
        run.stop()
    return Response(body, media_type="application/json")


class _Lines(StreamingResponse):
    """Progress, and the end; the simulation ends with the response, however that ends."""

    def __init__(self, run: Running, chosen: Chosen) -> None:
        super().__init__(_told(run, chosen), media_type=LINES)
        self._run = run

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, until it is done or the client has gone."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._run.stop()


async def _told(run: Running, chosen: Chosen) -> AsyncIterator[bytes]:
    async for step in run.steps():
        if step is not None:
            yield _line({"progress": {"done": step[0], "of": step[1]}})
    try:
        found = await run.result()
    except Exception as error:  # noqa: BLE001 - too late for a status: the reader is told in a line
        yield b'{"problem":' + _problem(error) + b"}\n"
    else:
        yield _line({"result": document_of(found, chosen)})


def _line(document: Any) -> bytes:
    return orjson.dumps(document) + b"\n"


def _problem(error: Exception) -> bytes:
    """The body that the status would have come with."""
    if isinstance(error, Refusal):
        found = problem_of(error)
    elif passes(error):
        log.warning("simulation_waits", error=str(error) or repr(error))
        detail = "the service's database does not answer; try again shortly"
        found = problem(503, "unavailable", detail)
    else:
        log.error("simulation_failed", exc_info=error)
        found = problem(500, "internal", "our fault; the service's log says why")
    return bytes(found.body)
