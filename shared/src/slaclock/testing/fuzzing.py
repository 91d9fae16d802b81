"""Every route of a service, asked with what its OpenAPI document allows, and with what not."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.errors import SchemathesisError
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from slaclock.auth.keys import mint, write_keys
from slaclock.auth.roles import Role
from slaclock.service.spec import ServiceSpec
from slaclock.settings import PlatformSettings
from slaclock.testing.bus import Bus, password_of

__all__ = ["asking", "description", "routes", "try_route"]

Check = Callable[..., Any]


@contextmanager
def asking(
    spec: ServiceSpec,
    dsn: str,
    directory: Path,
    bus: Bus | None = None,
    **more: Any,
) -> Iterator[httpx.Client]:
    """*spec* on a port of its own, in a thread, and a client that asks as an admin of acme.

    Args:
        spec: which service.
        dsn: its database, migrated.
        directory: for the file of API keys.
        bus: with the topology; without one the service has its database only.
        more: of `PlatformSettings`.
    """
    keys = directory / "keys.json"
    key, record = mint("acme", Role.ADMIN)
    write_keys(keys, [record])
    credentials = orjson.dumps({"user": spec.name, "password": password_of(spec.name)}).decode()
    found = PlatformSettings.load(
        **{
            f"{spec.database}_database_url": dsn,
            "api_keys_file": keys,
            "nats_url": bus.url if bus else "nats://127.0.0.1:1",
            "nats_credentials": credentials if bus else None,
            **more,
        }
    )
    server = uvicorn.Server(uvicorn.Config(spec.build(found), log_level="warning", ws="none"))
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    thread = threading.Thread(target=server.run, args=([listening],), name=spec.name)
    thread.start()
    try:
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            _wait(client, whole=bus is not None)
            yield client
    finally:
        server.should_exit = True
        thread.join(30)


def _wait(client: httpx.Client, *, whole: bool) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            waits = client.get("/health/ready").json()["waiting_for"]
        except httpx.TransportError:
            waits = ["database"]
        if not (waits if whole else "database" in waits):
            return
        time.sleep(0.05)
    raise AssertionError("the service did not start")


def routes(document: Path) -> list[Any]:
    """Method and path of every operation of a committed OpenAPI document, as test parameters."""
    return [
        pytest.param(method.upper(), path, id=f"{method.upper()} {path}")
        for path, methods in json.loads(document.read_text("utf-8"))["paths"].items()
        for method in methods
    ]


def description(asked: httpx.Client, service: str) -> Any:
    """The OpenAPI document of the running service."""
    return schemathesis.openapi.from_dict(asked.get(f"/{service}/openapi.json").json())


def answers_or_says_what_it_waits_for(_: Any, response: Any, __: Any) -> None:
    """What needs a part that does not run here says so with 503, and nothing else may fail."""
    if response.status_code >= 500 and response.status_code != 503:
        raise AssertionError(response.text)


CHECKS: Sequence[Check] = (
    answers_or_says_what_it_waits_for,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


def try_route(  # noqa: PLR0913 - a route, and how to ask
    asked: httpx.Client,
    described: Any,
    method: str,
    path: str,
    *,
    allowed: bool,
    known: Mapping[str, Any],
    examples: int = 15,
) -> None:
    """Ask a route many times; whatever it answers, its document must promise.

    Args:
        asked: the service.
        described: its document.
        method: of the route, in capitals.
        path: of the route, as the document writes it.
        allowed: ask what the document allows; else what it does not.
        known: parameters that find something, taken for half of the requests.
        examples: how often.
    """
    operation = described[path][method]
    mode = GenerationMode.POSITIVE if allowed else GenerationMode.NEGATIVE

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), found=st.booleans())
    def ask(case: Any, *, found: bool) -> None:
        if found:
            for parameters in (case.path_parameters, case.query):
                for name in known.keys() & (parameters or {}).keys():
                    parameters[name] = known[name]
        case.call_and_validate(
            base_url=str(asked.base_url),
            headers={"Authorization": asked.headers["Authorization"]},
            checks=CHECKS,
            timeout=60,
        )

    try:
        ask()
    except SchemathesisError as error:
        if allowed:
            raise
        pytest.skip(f"nothing can be wrong with a request: {error}")
