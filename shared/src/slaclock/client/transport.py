"""One request to the platform, repeated while it only waits for something."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import httpx

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


def _problem(answer: httpx.Response) -> ApiUnreachable | ApiRefusal:
    try:
        said = answer.json()
    except ValueError:
        said = {}
    said = said if isinstance(said, Mapping) else {}
    detail = str(said.get("detail") or answer.reason_phrase)
    if answer.status_code >= 500 or answer.status_code in _PASSING:
        return ApiUnreachable(f"{detail} (status {answer.status_code})")
    return ApiRefusal(answer.status_code, str(said.get("code") or "unknown"), detail, said)
