from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from slaclock.testing.fuzzing import description, routes, try_route

KNOWN = {"calendar_id": "uk", "set_id": "uk", "country": "GB", "version": 1, "other": 2}
DOCUMENT = Path(__file__).parents[4] / "docs" / "openapi" / "calendar.json"


@pytest.fixture(scope="module")
def described(asked: httpx.Client) -> Any:
    return description(asked, "calendar")


@pytest.mark.parametrize("allowed", [True, False], ids=["allowed", "not allowed"])
@pytest.mark.parametrize(("method", "path"), routes(DOCUMENT))
def test_no_route_answers_what_it_does_not_promise(
    asked: httpx.Client, described: Any, method: str, path: str, allowed: bool
) -> None:
    try_route(asked, described, method, path, allowed=allowed, known=KNOWN)
