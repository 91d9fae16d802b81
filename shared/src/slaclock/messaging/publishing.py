"""Publishing in atomic batches, where all of one stream are stored or none, and without."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nats.aio.client import Client

from slaclock.messaging.outbox import Outgoing

BATCH_LIMIT: Final = 1000
"""Messages of one atomic batch at most (a limit of the server)."""

HEADERS: Final = 512
"""Bytes that our headers need at most; the server counts them where it limits payloads."""

DUPLICATE_IN_BATCH: Final = 10201
"""The server's code: an id of the batch is in use already, so the whole batch is refused."""

PASSING_CODES: Final = frozenset({10023, 10047, 10077, 10026, 10008, 10009})
"""No room, no leader, busy: tried again. Other refusals are final."""


class PublishRefused(Exception):  # noqa: N818 - an answer, not a fault of the program
    """The broker does not want a message, and waiting will not change that."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        self.error = error
        super().__init__(f"{error.get('description', 'refused')} ({error.get('err_code', 0)})")

    @property
    def passing(self) -> bool:
        """Whether a later attempt may succeed."""
        return self.error.get("code") == 503 or self.error.get("err_code") in PASSING_CODES


@dataclass(frozen=True, slots=True)
class Headed:
    """A message with headers of its own and without an id: repeating it is harmless."""

    subject: str
    body: bytes
    headers: Mapping[str, str]


async def publish_all(client: Client, messages: Sequence[Headed], *, seconds: float = 5) -> None:
    """Store *messages*, at most BATCH_LIMIT: all are sent at once, and each has its answer.

    Raises:
        PublishRefused: the broker's refusal of one; others may be stored.
        nats.errors.Error, TimeoutError: one got no answer; some or all may be stored.
    """
    asking = [_ask(client, one, dict(one.headers), seconds) for one in messages]
    answers = await asyncio.gather(*asking, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer


async def publish_batch(
    client: Client, messages: Sequence[Outgoing], *, seconds: float = 5
) -> None:
    """Store *messages* of one stream, all or none, and wait for the broker's word.

    Copies of what is stored already are dropped by the stream.

    Args:
        client: connected; may publish to the subjects.
        messages: at most BATCH_LIMIT, all of one stream.
        seconds: to wait for each answer.

    Raises:
        PublishRefused: the broker's refusal; nothing of the batch is stored.
        nats.errors.Error, TimeoutError: no answer; some or all may be stored.
    """
    if len(messages) > 1 and await _stored_together(client, messages, seconds):
        return
    for message in messages:
        await publish_one(client, message, seconds=seconds)


async def publish_each(
    client: Client, messages: Sequence[Outgoing], *, seconds: float = 5, copies: bool = False
) -> dict[int, PublishRefused]:
    """Store all of *messages* that the broker takes, together if it can be.

    Args:
        client: as for `publish_batch`.
        messages: at most BATCH_LIMIT, all of one stream.
        seconds: to wait for each answer.
        copies: store also a message whose id is in use within the stream's duplicate window: what
            other systems name alike may be two events all the same, and consumers can tell.

    Returns:
        The final refusals by index; everything else is stored.

    Raises:
        PublishRefused: a refusal that will pass; some may be stored.
        nats.errors.Error, TimeoutError: no answer; some or all may be stored.
    """
    try:
        if len(messages) > 1 and await _stored_together(client, messages, seconds):
            return {}
    except PublishRefused as refusal:
        if refusal.passing:
            raise
    refused: dict[int, PublishRefused] = {}
    for index, message in enumerate(messages):
        try:
            answer = await _ask(client, message, {"Nats-Msg-Id": message.msg_id}, seconds)
            if copies and answer.get("duplicate"):
                await _ask(client, message, {}, seconds)
        except PublishRefused as refusal:
            if refusal.passing:
                raise
            refused[index] = refusal
    return refused


async def publish_one(client: Client, message: Outgoing, *, seconds: float = 5) -> int:
    """Store one message; answers its sequence in the stream.

    Raises:
        PublishRefused: as `publish_batch`.
    """
    answer = await _ask(client, message, {"Nats-Msg-Id": message.msg_id}, seconds)
    return int(answer["seq"])


async def _stored_together(client: Client, messages: Sequence[Outgoing], seconds: float) -> bool:
    """Whether the batch is stored; False if an id in it is in use, and nothing is stored."""
    named = [Headed(one.subject, one.body, {"Nats-Msg-Id": one.msg_id}) for one in messages]
    try:
        await _store_together(client, named, seconds)
    except PublishRefused as refusal:
        if refusal.error.get("err_code") == DUPLICATE_IN_BATCH:
            return False
        raise
    return True


async def _store_together(client: Client, messages: Sequence[Headed], seconds: float) -> None:
    for message in messages:
        _check_size(client, message)  # a batch that breaks off would occupy the server
    batch = uuid.uuid4().hex  # names this attempt only
    last = len(messages)
    for number, message in enumerate(messages, 1):
        headers = {
            **message.headers,
            "Nats-Batch-Id": batch,
            "Nats-Batch-Sequence": str(number),
        }
        if 1 < number < last:
            await client.publish(message.subject, message.body, headers=headers)
            continue
        if number == last:
            headers["Nats-Batch-Commit"] = "1"
        await _ask(client, message, headers, seconds)


async def _ask(
    client: Client, message: Outgoing | Headed, headers: dict[str, str], seconds: float
) -> Mapping[str, Any]:
    """Publish, and wait for the stream's answer; that to the first of a batch is empty."""
    _check_size(client, message)
    reply = await client.request(
        message.subject, message.body, headers=headers or None, timeout=seconds
    )
    answer: Mapping[str, Any] = json.loads(reply.data) if reply.data else {}
    if "error" in answer:
        raise PublishRefused(answer["error"])
    return answer


def _check_size(client: Client, message: Outgoing | Headed) -> None:
    """The server would close the connection over a message beyond its limit."""
    size, most = len(message.body) + HEADERS, client.max_payload
    if size > most:
        raise PublishRefused({"code": 400, "description": f"{size} bytes are more than {most}"})
