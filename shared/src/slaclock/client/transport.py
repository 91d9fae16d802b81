"""One request to the platform, repeated while it only waits for something."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final

import httpx
import orjson

from slaclock.client.errors import ApiRefusal, ApiUnreachable

__all__ = ["Transport"]

_PASSING: Final = frozenset({429, 502, 503, 504})


class Transport:
    """Asks, and asks again after connection errors and 503: every request here may be repeated.

    Args:
        http: where to ask; its base URL and headers are set.
        attempts: tries in all, with pauses of 0.2, 0.4, 0.8 ... seconds between them.
    """

    def __init__(self, http: httpx.AsyncClient, *, attempts: int) -> None:
        self._http, self._attempts = http, attempts

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """The JSON document of the answer.

        Raises:
            ApiRefusal: the platform said no.
            ApiUnreachable: it did not answer, or failed, in every attempt.
        """
        problem: Exception | None = None
        for attempt in range(self._attempts):
            if attempt:
                await asyncio.sleep(0.1 * 2**attempt)
            try:
                answer = await self._http.request(method, path, **more)
            except httpx.HTTPError as error:
                problem = ApiUnreachable(f"{self._http.base_url} does not answer: {error!r}")
                problem.__cause__ = error
                continue
            if answer.is_success:
                return answer.json()
            problem = _problem(answer)
            if answer.status_code not in _PASSING:
                break
        assert problem is not None  # noqa: S101 - there is at least one attempt
        raise problem

    async def lines(
        self, path: str, body: Any, *, patience: float
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """The answer to posting *body* as JSON, object after object; asked once.

        Args:
            path: of a route that answers lines.
            body: sent as JSON.
            patience: seconds between two lines.

        Raises:
            ApiRefusal, ApiUnreachable: as `ask`; also for a line `{"problem": ...}`.
        """
        headers = {"Accept": "application/x-ndjson"}
        try:
            async with self._http.stream(
                "POST", path, json=body, headers=headers, timeout=patience
            ) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise _problem(answer)
                async for text in answer.aiter_lines():
                    line = orjson.loads(text)
                    if "problem" in line:
                        problem = line["problem"]
                        raise _problem_of(int(problem["status"]), problem, "failed")
                    yield line
        except (httpx.HTTPError, orjson.JSONDecodeError) as error:
            raise ApiUnreachable(f"{self._http.base_url} does not answer: {error!r}") from error


def _problem(answer: httpx.Response) -> ApiUnreachable | ApiRefusal:
    try:
        said = answer.json()
    except ValueError:
        said = {}
    said = said if isinstance(said, Mapping) else {}
    return _problem_of(answer.status_code, said, answer.reason_phrase)


def _problem_of(status: int, said: Mapping[str, Any], reason: str) -> ApiUnreachable | ApiRefusal:
    detail = str(said.get("detail") or reason)
    if status >= 500 or status in _PASSING:
        return ApiUnreachable(f"{detail} (status {status})")
    return ApiRefusal(status, str(said.get("code") or "unknown"), detail, said)
