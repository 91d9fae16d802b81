"""Every route, asked with what its OpenAPI document allows, and with what it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.errors import SchemathesisError
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
KNOWN = {"calendar_id": "uk", "set_id": "uk", "country": "GB", "version": 1, "other": 2}
DOCUMENT = Path(__file__).parents[4] / "docs" / "openapi" / "calendar.json"
ROUTES = [
    (method.upper(), path)
    for path, methods in json.loads(DOCUMENT.read_text("utf-8"))["paths"].items()
    for method in methods
]


@pytest.fixture(scope="module")
def described(asked: httpx.Client) -> Any:
    """The service's own OpenAPI document."""
    return schemathesis.openapi.from_dict(asked.get("/calendar/openapi.json").json())


@pytest.mark.parametrize("allowed", [True, False], ids=["allowed", "not allowed"])
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[" ".join(one) for one in ROUTES])
def test_no_route_answers_what_it_does_not_promise(
    asked: httpx.Client, described: Any, method: str, path: str, allowed: bool
) -> None:
    operation = described[path][method]
    mode = GenerationMode.POSITIVE if allowed else GenerationMode.NEGATIVE

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), found=st.booleans())
    def ask(case: Any, found: bool) -> None:
        if found:  # so that half of the requests find something there
            for name in KNOWN.keys() & (case.path_parameters or {}).keys():
                case.path_parameters[name] = KNOWN[name]
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
