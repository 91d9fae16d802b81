"""Questions on the bus: a request on `ask.<service>.<verb>.v1.<tenant>`, and always an answer.

In no stream and never kept: whoever asks waits. A refusal travels as the problem that HTTP would
answer, marked by its content type; a service that is away is told of by the broker at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeAlias

import nats.errors
import orjson
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import ValidationError

from slaclock.contracts.faults import faults_of, shown
from slaclock.errors import Fault, Refusal
from slaclock.http.outages import passes
from slaclock.http.problems import MEDIA_TYPE, problem_of
from slaclock.messaging.topology import (
    ANSWER_BYTES,
    OUTSIDERS,
    SERVICES,
    Ask,
    inbox_prefix,
)
from slaclock.tenancy import is_tenant

__all__ = ["Answer", "Declined", "NoAnswer", "ask", "responding"]

Answer: TypeAlias = Callable[[str, bytes], Awaitable[bytes]]
"""Makes an answer from a tenant and a request's body, or raises why there is none."""

PATIENCE: Final = 5.0
"""Seconds that an asker waits."""
WORKING_TIME: Final = 10.0
"""Seconds after which a responder gives up."""
AT_ONCE: Final = 64
"""Requests that one replica works on; the next one is told to try again."""
_JSON: Final = "application/json"

log = structlog.get_logger(__name__)


class NoAnswer(Refusal):
    """Nobody answers: the service is away, or too slow. The same question may succeed later."""

    code = "unavailable"
    status = 503


class Declined(Refusal):
    """The service answered no; code, status and faults are its own."""


class UnusableRequest(Refusal):
    """The request cannot be answered as it came."""


async def ask(
    client: Client, about: Ask, tenant: str, body: bytes, *, patience: float = PATIENCE
) -> bytes:
    """The answer to *body*.

    Args:
        client: connected with an identity that may ask.
        about: which question.
        tenant: whose.
        body: the request.
        patience: seconds to wait for the answer.

    Raises:
        NoAnswer: no replica of the service listens, or none answered in time.
        Declined: the service's refusal.
        UnusableRequest: *body* is too large to be sent.
    """
    if len(body) > about.request_bytes:
        raise _too_large("body.too-large", "request", len(body), about.request_bytes)
    subject = about.subject(tenant)
    try:
        reply = await client.request(subject, body, timeout=patience)
    except nats.errors.NoRespondersError as error:
        raise NoAnswer(f"no {about.service} service answers on {subject}; start one") from error
    except nats.errors.TimeoutError as error:
        raise NoAnswer(
            f"no answer on {subject} within {patience:g} s; try again, or check that this identity"
            " may ask there"
        ) from error
    if (reply.headers or {}).get("Content-Type") == MEDIA_TYPE:
        raise _declined(reply.data)
    answer: bytes = reply.data
    return answer


@asynccontextmanager
async def responding(client: Client, about: Ask, answer: Answer) -> AsyncIterator[None]:
    """Answer questions while the block runs; replicas share them.

    At the end requests that came are answered still.
    """
    desk = _Desk(client, about, answer)
    subscription = await client.subscribe(about.subject("*"), queue=about.service, cb=desk.take)
    try:
        yield
    finally:
        with suppress(nats.errors.Error):  # the broker is away: nothing comes any more
            drained = subscription.drain()  # type: ignore[no-untyped-call] # nats-py has no types
            await asyncio.wait_for(drained, WORKING_TIME)
        await desk.finish()


class _Desk:
    """Where requests are worked on, several at a time."""

    def __init__(self, client: Client, about: Ask, answer: Answer) -> None:
        self._client, self._about, self._answer = client, about, answer
        self._running: set[asyncio.Task[None]] = set()

    async def take(self, message: Msg) -> None:
        """Begin with a request, or say at once why not."""
        tenant = message.subject.rpartition(".")[2]
        if not message.reply.startswith("_INBOX"):  # we may publish there, the asker might not
            log.warning("request_without_inbox", subject=message.subject, reply=message.reply)
            return
        refusal = self._unusable(message, tenant)
        if refusal is not None:
            await self._decline(message, refusal)
            return
        task = asyncio.create_task(self._work(message, tenant), name=message.subject)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def finish(self) -> None:
        """Wait for what is being worked on."""
        if self._running:
            await asyncio.wait(self._running, timeout=WORKING_TIME)

    def _unusable(self, message: Msg, tenant: str) -> Refusal | None:
        if not is_tenant(tenant):
            return _unusable("tenant.malformed", "subject", tenant, "names no tenant", "name one")
        if not _is_private(message.reply, tenant):
            return _unusable(
                "reply.not-private",
                "reply",
                message.reply,
                "is an inbox that others may read",
                f"connect with the inbox prefix {inbox_prefix(f'{tenant}.helpdesk')}"
                " (or that of your identity)",
            )
        most = self._about.request_bytes
        if len(message.data) > most:
            return _too_large("body.too-large", "request", len(message.data), most)
        if len(self._running) >= AT_ONCE:
            return NoAnswer(f"{self._about.service} is busy; try again shortly")
        return None

    async def _work(self, message: Msg, tenant: str) -> None:
        try:
            async with asyncio.timeout(WORKING_TIME):
                body = _fitting(await self._answer(tenant, message.data))
        except Exception as error:  # noqa: BLE001 - whatever it is, the asker is told
            await self._decline(message, self._refusal(error))
        else:
            await self._reply(message, body, _JSON)

    def _refusal(self, error: Exception) -> Refusal:
        """What the asker is told of *error*: the same table as for HTTP."""
        if isinstance(error, Refusal):
            return error
        if isinstance(error, ValidationError):
            return UnusableRequest(faults=faults_of(error), code="request.invalid")
        name = self._about.service
        if isinstance(error, TimeoutError) or passes(error):
            log.warning("request_waits", subject=self._about.verb, error=str(error) or repr(error))
            return NoAnswer(f"{name} waits for its database, or takes too long; try again shortly")
        log.error("request_failed", subject=self._about.verb, exc_info=error)
        return Refusal(f"{name} failed; its log says why", code="internal", status=500)

    async def _decline(self, message: Msg, refusal: Refusal) -> None:
        await self._reply(message, bytes(problem_of(refusal).body), MEDIA_TYPE)

    async def _reply(self, message: Msg, body: bytes, kind: str) -> None:
        try:
            await self._client.publish(message.reply, body, headers={"Content-Type": kind})
        except nats.errors.Error as error:  # the connection has closed: nobody waits there either
            log.warning("reply_not_sent", subject=message.subject, error=str(error))


def _is_private(reply: str, tenant: str) -> bool:
    """Whether nobody but a service, or an identity of *tenant*, may read at *reply*."""
    identities = (*SERVICES, *(f"{tenant}.{kind}" for kind in OUTSIDERS))
    return reply.startswith(tuple(f"{inbox_prefix(identity)}." for identity in identities))


def _fitting(body: bytes) -> bytes:
    if len(body) > ANSWER_BYTES:
        raise _too_large("answer.too-large", "answer", len(body), ANSWER_BYTES)
    return body


def _too_large(code: str, what: str, size: int, limit: int) -> UnusableRequest:
    message, remedy = f"has {size} bytes, {limit} fit", "ask in parts, or over HTTP"
    refusal = _unusable(code, what, size, message, remedy)
    refusal.status = 413
    return refusal


def _unusable(code: str, field: str, value: object, message: str, remedy: str) -> UnusableRequest:
    return UnusableRequest(faults=[Fault(field, shown(value), message, remedy, code)], code=code)


def _declined(body: bytes) -> Declined:
    said: dict[str, Any] = orjson.loads(body)
    faults = [
        Fault(one["field"], one["value"], one["message"], one["remedy"], one.get("code", ""))
        for one in said["errors"]
    ]
    return Declined(said["detail"], faults=faults, code=said["code"], status=said["status"])
