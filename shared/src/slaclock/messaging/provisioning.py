"""Brings a broker to the topology: run by the deploy job, by nobody else."""

from __future__ import annotations

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    PersistMode,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from slaclock.messaging.topology import CONSUMERS, HEADER_BYTES, STREAMS, Consumer, Stream

ACK_WAIT = 8.0
"""Seconds until what a dead replica had in hand is delivered again; the living say that they work
on theirs (`feeding`), so a batch may take longer."""


async def ensure_topology(client: Client, *, replicas: int = 1) -> None:
    """Create what is missing and update what differs. Repeating it changes nothing.

    Args:
        client: connected with the provisioner's identity.
        replicas: of each stream; 3 on a cluster.
    """
    jetstream = client.jetstream()
    for stream in STREAMS.values():
        await _ensure_stream(jetstream, stream, replicas)
    for consumer in CONSUMERS.values():
        await _ensure_consumer(jetstream, consumer)


async def _ensure_stream(jetstream: JetStreamContext, stream: Stream, replicas: int) -> None:
    config = stream_config(stream, replicas)
    try:
        found = await jetstream.stream_info(stream.name)
    except NotFoundError:
        await jetstream.add_stream(config)
        return
    if stream.schedules and _waits_for_the_disk(found.config) != _waits_for_the_disk(config):
        # The server does not change that; whoever armed these schedules sees that they are gone.
        await jetstream.delete_stream(stream.name)
        await jetstream.add_stream(config)
        return
    await jetstream.update_stream(config)


def _waits_for_the_disk(config: StreamConfig) -> bool:
    return config.persist_mode != PersistMode.ASYNC


async def _ensure_consumer(jetstream: JetStreamContext, consumer: Consumer) -> None:
    await jetstream.add_consumer(consumer.stream, consumer_config(consumer))


def stream_config(stream: Stream, replicas: int = 1) -> StreamConfig:
    """JetStream's words for *stream*: on file, old messages never vanish to make room.

    A stream with schedules has no limit that could make one vanish: the server takes schedules
    only where old ones would go first. Where there is one copy of it the server does not wait for
    the disk before each one that goes off: on a busy disk hundreds at one instant would be seconds
    late. It takes no atomic batches then.
    """
    broker_made = stream.owner == "server"
    makes_room = broker_made or stream.schedules
    at_once = stream.schedules and replicas == 1
    return StreamConfig(
        name=stream.name,
        subjects=list(stream.all_subjects()),
        retention=RetentionPolicy.WORK_QUEUE if stream.schedules else RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        num_replicas=replicas,
        discard=DiscardPolicy.OLD if makes_room else DiscardPolicy.NEW,
        max_age=stream.max_age,
        max_msg_size=stream.max_bytes_each + HEADER_BYTES,
        duplicate_window=stream.duplicate_window,
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
        allow_atomic=not (broker_made or stream.schedules),
        persist_mode=PersistMode.ASYNC if at_once else PersistMode.DEFAULT,
        allow_msg_schedules=stream.schedules,
        allow_msg_ttl=stream.schedules,
    )


def consumer_config(consumer: Consumer) -> ConsumerConfig:
    """JetStream's words for *consumer*.

    No `backoff` (it would replace ack_wait) and no `max_deliver` (past it a message is skipped
    without a trace): services retry and park by themselves.
    """
    return ConsumerConfig(
        durable_name=consumer.durable,
        filter_subjects=list(consumer.filters()),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT,
        max_deliver=-1,
        max_ack_pending=max(1000, 2 * consumer.batch),
    )
