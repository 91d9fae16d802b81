"""How a simulation is told over HTTP, and when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import httpx
import orjson
import pytest
from fastapi import FastAPI

from slaclock.testing import eventually
from ticket_clock_service.usecases.simulate import SimulationBusy

from .simulating import FILE, LINES, MARCH, PATH, Told


def lines(answer: httpx.Response) -> list[Any]:
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [orjson.loads(line) for line in answer.text.splitlines()]


async def test_with_lines_it_tells_how_far_it_is(ask: Callable[..., Any], simulator: Told) -> None:
    told = lines(await ask({"sla": FILE, **MARCH}, **LINES))
    assert told[:-1] == [{"progress": {"done": n, "of": 4}} for n in (0, 2)]
    assert told[-1]["result"] == (await ask({"sla": FILE, **MARCH})).json()


@pytest.mark.parametrize("headers", [pytest.param({}, id="JSON"), pytest.param(LINES, id="lines")])
async def test_what_is_refused_before_it_begins_has_its_status(
    ask: Callable[..., Any], simulator: Told, headers: dict[str, str]
) -> None:
    simulator.refuses = SimulationBusy()
    answer = await ask({"sla": FILE, **MARCH}, **headers)
    assert (answer.status_code, answer.json()["code"]) == (429, "simulation.busy")
    assert "try again" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        pytest.param(SimulationBusy(), "simulation.busy", 429, id="a refusal"),
        pytest.param(ConnectionRefusedError(111, "no"), "unavailable", 503, id="an outage"),
        pytest.param(RuntimeError("password=geheim"), "internal", 500, id="a fault of ours"),
    ],
)
async def test_what_fails_later_is_told_in_the_last_line(
    ask: Callable[..., Any], simulator: Told, error: Exception, code: str, status: int
) -> None:
    simulator.fails = error
    problem = lines(await ask({"sla": FILE, **MARCH}, **LINES))[-1]["problem"]
    assert (problem["code"], problem["status"]) == (code, status)
    assert "geheim" not in str(problem)


@pytest.mark.parametrize("headers", [pytest.param({}, id="JSON"), pytest.param(LINES, id="lines")])
async def test_it_ends_when_its_client_goes(
    app: FastAPI, simulator: Told, headers: dict[str, str]
) -> None:
    simulator.go.clear()
    gone = asyncio.Event()
    body = [{"type": "http.request", "body": orjson.dumps({"sla": FILE, **MARCH})}]

    async def receive() -> Any:
        if body:
            return body.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None: ...

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "method": "POST",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "headers": [
            (b"authorization", b"Bearer manager"),
            (b"content-type", b"application/json"),
            *((name.encode(), value.encode()) for name, value in headers.items()),
        ],
    }
    request = asyncio.create_task(cast("Any", app)(scope, receive, send))
    await eventually(lambda: bool(simulator.questions))
    gone.set()
    await asyncio.wait_for(request, 10)
    await eventually(lambda: simulator.cancelled)
