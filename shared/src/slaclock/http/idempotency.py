"""Idempotency-Key: a request that creates, sent twice, creates once and answers the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Protocol

from fastapi import Header, Request, Response

from slaclock.auth import Principal
from slaclock.errors import Fault, Refusal

__all__ = ["Answers", "Claim", "IdempotencyKey", "KeptAnswer", "Slot", "kept_of", "once"]

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key")]
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
_KEPT_HEADERS: Final = frozenset({"content-type", "etag", "location"})


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the answer to a request belongs. Another tenant's equal key is another slot."""

    tenant: str
    route: str
    key: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that was given."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """What a store knows of a slot.

    Attributes:
        mine: whether this call took the slot, and has to fill or free it.
        request_hash: of the request that took it.
        answer: None while that request is still at work.
    """

    mine: bool
    request_hash: str
    answer: KeptAnswer | None = None


class Answers(Protocol):
    """Keeps answers, for 24 hours at least.

    A slot taken and neither filled nor freed for a minute (its process died) may be taken again.
    """

    async def claim(self, slot: Slot) -> Claim:
        """Take *slot* if it is free; atomic against other processes."""
        ...

    async def fill(self, slot: Slot, answer: KeptAnswer) -> None:
        """Keep the answer of the request that took the slot."""
        ...

    async def free(self, slot: Slot) -> None:
        """Give the slot back: the request had no effect."""
        ...


class KeyMalformed(Refusal):
    """The header cannot be a key."""

    code = "idempotency.key-malformed"

    def __init__(self, found: str) -> None:
        remedy = "send 1 to 200 visible ASCII characters, such as a UUID"
        super().__init__(faults=[Fault("Idempotency-Key", found, "not a key", remedy, self.code)])


class KeyReused(Refusal):
    """The key came with another request before."""

    code = "idempotency.key-reused"

    def __init__(self, found: str) -> None:
        remedy = "use a new key for every new request"
        message = "the key was used for another request"
        super().__init__(faults=[Fault("Idempotency-Key", found, message, remedy, self.code)])


class StillAtWork(Refusal):
    """The first request with this key has not been answered yet."""

    code = "idempotency.in-progress"
    status = 409

    def __init__(self) -> None:
        super().__init__("the first request with this key is still at work; repeat it shortly")
        self.headers = {"Retry-After": "1"}


async def once(
    answers: Answers,
    request: Request,
    who: Principal,
    key: str | None,
    act: Callable[[], Awaitable[Response]],
) -> Response:
    """Run *act*, or answer what it answered to the same request before.

    Without a key *act* just runs. What it raises frees the key, and so does an answer of 500 and
    above.

    Raises:
        KeyMalformed, KeyReused: 422.
        StillAtWork: 409.
    """
    if key is None:
        return await act()
    if not _KEY.fullmatch(key):
        raise KeyMalformed(key)
    slot = await _slot(request, who, key)
    claim = await answers.claim(slot)
    if claim.request_hash != slot.request_hash:
        raise KeyReused(key)
    if claim.answer is not None:
        kept = claim.answer
        headers = {**kept.headers, "Idempotency-Replayed": "true"}
        return Response(kept.body, kept.status, headers=headers)
    if not claim.mine:
        raise StillAtWork
    try:
        response = await act()
    except BaseException:  # cancelled included: whatever happened, nothing was answered
        await answers.free(slot)
        raise
    if response.status_code >= 500:
        await answers.free(slot)
    else:
        await answers.fill(slot, kept_of(response))
    return response


async def _slot(request: Request, who: Principal, key: str) -> Slot:
    body = await request.body()
    target = f"{request.method} {request.url.path}"
    asked = f"{request.url.query}\n{request.headers.get('content-type', '')}\n".encode()
    return Slot(who.tenant, target, key, hashlib.sha256(asked + body).hexdigest())


def kept_of(response: Response) -> KeptAnswer:
    """*response* as it is kept."""
    headers = {name: value for name, value in response.headers.items() if name in _KEPT_HEADERS}
    return KeptAnswer(response.status_code, headers, bytes(response.body))
