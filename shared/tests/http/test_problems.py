"""What went wrong in a route becomes one kind of answer."""

from __future__ import annotations

import json

import httpx
import pytest
from structlog.testing import capture_logs

from slaclock.errors import Fault, Refusal
from slaclock.http.problems import problem_of


async def test_a_refusal_answers_its_code_and_faults(client: httpx.AsyncClient) -> None:
    answer = await client.get("/sample/v1/fails/refused")

    assert answer.status_code == 422
    assert answer.json() == {
        "type": "urn:slaclock:problem:a.wrong",
        "title": "Unprocessable Entity",
        "status": 422,
        "code": "a.wrong",
        "detail": "a.b: is wrong (found 1); make it right",
        "errors": [
            {
                "field": "a.b",
                "value": 1,
                "message": "is wrong",
                "remedy": "make it right",
                "code": "a.wrong",
            }
        ],
    }


async def test_what_is_not_there_may_have_any_name(client: httpx.AsyncClient) -> None:
    answer = await client.get("/sample/v1/fails/missing")

    assert answer.status_code == 404
    assert answer.json()["code"] == "thing.not-found"


async def test_a_surprise_is_told_to_the_log_and_not_to_the_asker(
    client: httpx.AsyncClient,
) -> None:
    with capture_logs() as lines:
        answer = await client.get("/sample/v1/fails/surprise")

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "geheim" not in answer.text
    assert "Traceback" not in answer.text
    (failed,) = [line for line in lines if line["event"] == "request_failed"]
    assert failed["exc_info"]
    assert answer.headers["x-request-id"] in answer.json()["detail"]


@pytest.mark.parametrize("how", ["outage", "database", "wrapped"])
async def test_an_outage_asks_to_come_again(client: httpx.AsyncClient, how: str) -> None:
    answer = await client.get(f"/sample/v1/fails/{how}")

    assert answer.status_code == 503
    assert answer.json()["code"] == "unavailable"
    assert answer.headers["retry-after"] == "1"


async def test_a_database_error_that_is_ours_is_no_outage(client: httpx.AsyncClient) -> None:
    assert (await client.get("/sample/v1/fails/bug")).status_code == 500


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("\ud800\x00", id="unusable text"),
        pytest.param(10**5000, id="enormous number"),
        pytest.param([10**5000], id="enormous number in a list"),
        pytest.param(float("nan"), id="no number"),
        pytest.param(b"\xff", id="bytes"),
        pytest.param(object(), id="an object"),
    ],
)
def test_any_value_can_be_repeated(value: object) -> None:
    answer = problem_of(Refusal("no", faults=[Fault("f", value, "m", "r")]))

    assert json.loads(bytes(answer.body))["errors"][0]["field"] == "f"
