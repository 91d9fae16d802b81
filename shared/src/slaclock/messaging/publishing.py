"""Publishing in atomic batches: all messages of one stream are stored, or none is."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from nats.aio.client import Client
from nats.errors import MaxPayloadError

from slaclock.messaging.outbox import Outgoing

BATCH_LIMIT = 1000
"""Messages of one atomic batch at most (a limit of the server)."""

DUPLICATE_IN_BATCH = 10201
"""The server's code: an id of the batch is stored already, so the whole batch is refused."""

PASSING_CODES = frozenset({10023, 10047, 10077, 10199, 10026, 10008, 10009})
"""No room, no leader, busy: tried again. Other refusals are final."""


class PublishRefused(Exception):  # noqa: N818 - an answer, not a fault of the program
    """The broker does not want a message, and waiting will not change that."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.error = error
        super().__init__(f"{error.get('description', 'refused')} ({error.get('err_code', 0)})")

    @property
    def passing(self) -> bool:
        """Whether a later attempt may succeed."""
        return self.error.get("code") == 503 or self.error.get("err_code") in PASSING_CODES


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
    if len(messages) == 1:
        await publish_one(client, messages[0], seconds=seconds)
        return
    batch = uuid.uuid4().hex  # names this attempt only
    last = len(messages)
    for number, message in enumerate(messages, 1):
        headers = {
            "Nats-Batch-Id": batch,
            "Nats-Batch-Sequence": str(number),
            "Nats-Msg-Id": message.msg_id,
        }
        if 1 < number < last:
            await client.publish(message.subject, message.body, headers=headers)
            continue
        if number == last:
            headers["Nats-Batch-Commit"] = "1"
        reply = await client.request(
            message.subject, message.body, headers=headers, timeout=seconds
        )
        answer = json.loads(reply.data) if reply.data else {}
        if "error" in answer:
            if answer["error"].get("err_code") == DUPLICATE_IN_BATCH:
                for one in messages:
                    await publish_one(client, one, seconds=seconds)
                return
            raise PublishRefused(answer["error"])


async def publish_one(client: Client, message: Outgoing, *, seconds: float = 5) -> int:
    """Store one message; answers its sequence in the stream.

    Raises:
        PublishRefused: as `publish_batch`.
    """
    try:
        reply = await client.request(
            message.subject,
            message.body,
            headers={"Nats-Msg-Id": message.msg_id},
            timeout=seconds,
        )
    except MaxPayloadError as error:
        raise PublishRefused({"code": 400, "description": "message too large"}) from error
    answer = json.loads(reply.data)
    if "error" in answer:
        raise PublishRefused(answer["error"])
    return int(answer["seq"])
