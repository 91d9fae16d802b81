"""One request to the platform, repeated while it only waits for something."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from typing import Any, Final

import httpx
import orjson

from slaclock.client.errors import ApiDenied, ApiRefusal, ApiUnreachable
from slaclock.client.pacing import Pacing, retry_after

__all__ = ["Transport"]

_PASSING: Final = frozenset({429, 502, 503, 504})


class Transport:
    """Asks, and asks again after connection errors and 503: every request here may be repeated.

    Pauses grow with the tries, or are what the platform asks for (`Retry-After`).

    Args:
        http: where to ask; its base URL and headers are set.
        attempts: tries in all.
    """

    def __init__(self, http: httpx.AsyncClient, *, attempts: int) -> None:
        self._http, self._attempts, self._pacing = http, attempts, Pacing()

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """The JSON document of the answer.

        Raises:
            ApiRefusal: the platform said no.
            ApiUnreachable: it did not answer, or failed, in every attempt.
        """
        tries = 0
        while True:
            await self._pacing.turn()
            tries += 1
            try:
                answer = await self._http.request(method, path, **more)
            except httpx.HTTPError as error:
                if tries >= self._attempts:
                    raise _silent(self._http, error) from error
                await self._pacing.pause(tries)
                continue
            if answer.is_success:
                return _document(answer)
            told = retry_after(answer) if answer.status_code in _PASSING else None
            if (
                answer.status_code not in _PASSING
                or tries >= self._attempts
                or (told is not None and told > self._pacing.longest)
            ):
                raise _problem(answer)
            if told is None:
                await self._pacing.pause(tries)
            else:
                self._pacing.hold(told)

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
        await self._pacing.turn()
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
            raise _silent(self._http, error) from error


def _silent(http: httpx.AsyncClient, error: Exception) -> ApiUnreachable:
    return ApiUnreachable(f"{http.base_url} does not answer: {error!r}")


def _document(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise ApiUnreachable(f"{answer.url} answered something else than JSON") from error


def _problem(answer: httpx.Response) -> ApiUnreachable | ApiRefusal:
    try:
        said = answer.json()
    except ValueError:
        said = {}
    said = said if isinstance(said, Mapping) else {}
    wait = retry_after(answer)
    return _problem_of(answer.status_code, said, answer.reason_phrase, wait)


def _problem_of(
    status: int, said: Mapping[str, Any], reason: str, wait: float | None = None
) -> ApiUnreachable | ApiRefusal:
    detail = str(said.get("detail") or reason)
    if status >= 500 or status in _PASSING:
        after = None if wait is None else timedelta(seconds=wait)
        return ApiUnreachable(f"{detail} (status {status})", retry_after=after)
    kind = ApiDenied if status in (401, 403) else ApiRefusal
    return kind(status, str(said.get("code") or "unknown"), detail, said)
