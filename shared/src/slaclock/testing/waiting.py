"""Waiting for what happens by itself: poll with a deadline, never sleep and hope."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast, overload

T = TypeVar("T")


@overload
async def eventually(
    condition: Callable[[], Awaitable[T]],
    timeout: float = ...,  # noqa: ASYNC109 - the deadline of the polling, not of one call
    *,
    step: float = ...,
) -> T: ...
@overload
async def eventually(
    condition: Callable[[], T],
    timeout: float = ...,  # noqa: ASYNC109 - the same
    *,
    step: float = ...,
) -> T: ...
async def eventually(
    condition: Callable[[], T] | Callable[[], Awaitable[T]],
    timeout: float = 30,  # noqa: ASYNC109 - the same
    *,
    step: float = 0.02,
) -> T:
    """Poll *condition* (a function, also an async one) until it answers something true.

    A failing `assert` inside counts as "not yet", and is raised when time is up.

    Args:
        condition: asked again and again.
        timeout: seconds; generous, because it only costs time when the test fails.
        step: seconds between the first questions; they become rarer, up to a quarter second.

    Returns:
        What *condition* answered at last.

    Raises:
        AssertionError: it never held within *timeout*.
    """
    deadline = time.monotonic() + timeout
    while True:
        failed: AssertionError | None = None
        answer: T | None = None
        try:
            asked = condition()
            answer = cast("T", await asked if inspect.isawaitable(asked) else asked)
        except AssertionError as error:
            failed = error
        if answer:
            return answer
        if time.monotonic() > deadline:
            said = failed or f"last answer: {answer!r}"
            raise AssertionError(f"did not hold within {timeout} s: {said}") from failed
        await asyncio.sleep(step)
        step = min(step * 1.3, 0.25)
