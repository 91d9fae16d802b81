"""What a run has left behind: rows of the databases, and messages of the streams.

Plain SQL as the superuser, plain NATS. Nothing of the platform is imported here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig

SERVICES = ("ticket-clock", "escalation", "dashboard", "sla")
STREAMS = ("TICKETS", "CLOCK", "ESCALATION", "ADVISORY", "DEAD", "AGREEMENT")

Rows = Sequence[Any]
"""Records: columns by name."""

OUTBOX = "SELECT tenant_id, stream, subject, msg_id, body, created_at, sent_at, refused FROM outbox ORDER BY position"
PARKED = "SELECT tenant_id, durable, stream, stream_sequence, body, code, reason FROM parked"
TABLES = {
    "ticket-clock": {
        "facts": "SELECT tenant_id, ticket_id, source, event_id, kind, at_us, sequence, data, recorded_at FROM fact",
        "ledger": "SELECT * FROM announcement ORDER BY tenant_id, ticket_id, n",
        "tickets": "SELECT tenant_id, ticket_id, revision, sequence, fact_count, fault FROM ticket",
    },
    "escalation": {
        "heard": "SELECT * FROM announcement",
        "effects": "SELECT * FROM escalation",
        "deliveries": "SELECT * FROM delivery",
    },
    "dashboard": {
        "clocks": "SELECT tenant_id, ticket_id, metric, cycle, revision, sequence, state, outcome, warned FROM clock",
        "shown": "SELECT tenant_id, effect_id, raised_at, delivered_at, failed_at, withdrawn_at FROM escalation",
        "wrong_rollups": """
            SELECT coalesce(r.tenant_id, c.tenant_id) AS tenant_id, r, c FROM
              (SELECT tenant_id, due_on, metric, key, met, breached, pending, cancelled FROM rollup
                WHERE dimension = 'priority' AND met + breached + pending + cancelled > 0) r
              FULL JOIN
              (SELECT tenant_id, due_on, metric, priority AS key,
                      count(*) FILTER (WHERE outcome = 'met') AS met,
                      count(*) FILTER (WHERE outcome = 'breached') AS breached,
                      count(*) FILTER (WHERE outcome = 'pending') AS pending,
                      count(*) FILTER (WHERE outcome = 'cancelled') AS cancelled
                 FROM clock GROUP BY 1, 2, 3, 4) c
              USING (tenant_id, due_on, metric, key, met, breached, pending, cancelled)
             WHERE r.tenant_id IS NULL OR c.tenant_id IS NULL""",
    },
    "sla": {},
}
"""What is read of each database."""

IDLE = {
    "ticket-clock": """
        SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NULL AND refused IS NULL)
             + (SELECT count(*) FROM ticket WHERE next_due_at <= clock_timestamp())
             + (SELECT count(*) FROM ticket t JOIN terms_state s USING (tenant_id)
                 WHERE t.terms_revision < s.terms_revision)""",
    "escalation": """
        SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NULL AND refused IS NULL)
             + (SELECT count(*) FROM delivery WHERE next_at IS NOT NULL)""",
    "dashboard": "SELECT count(*) FROM outbox WHERE sent_at IS NULL AND refused IS NULL",
    "sla": "SELECT count(*) FROM outbox WHERE sent_at IS NULL AND refused IS NULL",
}
"""How much each service still has to do, its consumers apart."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of a stream."""

    sequence: int
    subject: str
    msg_id: str | None
    body: bytes

    @property
    def tenant(self) -> str:
        return self.subject.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was found.

    Attributes:
        outbox, parked: rows by service.
        tables: other rows, by the names of `TABLES`.
        streams: messages by stream.
        redelivered: by durable consumer, how often a message was given out beyond the first time.
    """

    outbox: Mapping[str, Rows]
    parked: Mapping[str, Rows]
    tables: Mapping[str, Rows]
    streams: Mapping[str, Sequence[Stored]]
    redelivered: Mapping[str, int]


async def gather(dsns: Mapping[str, str], client: Client) -> Evidence:
    """Read all databases and streams."""
    outbox, parked, tables = {}, {}, {}
    for service in SERVICES:
        connection = await asyncpg.connect(dsns[service])
        try:
            await _read_json(connection)
            outbox[service] = await connection.fetch(OUTBOX)
            parked[service] = await connection.fetch(PARKED)
            for name, query in TABLES[service].items():
                tables[name] = await connection.fetch(query)
        finally:
            await connection.close()
    streams = {name: await _messages(client, name) for name in STREAMS}
    return Evidence(outbox, parked, tables, streams, await _redelivered(client, streams))


async def left_to_do(dsns: Mapping[str, str], client: Client) -> Mapping[str, int]:
    """What is not done yet, by service and durable consumer; what is done is not listed."""
    found: dict[str, int] = {}
    for service, query in IDLE.items():
        connection = await asyncpg.connect(dsns[service])
        try:
            found[service] = await connection.fetchval(query)
        finally:
            await connection.close()
    manager = client.jsm(timeout=5)
    for stream in STREAMS:
        for consumer in await manager.consumers_info(stream):
            service = consumer.name.partition("--")[0]
            if service in dsns:
                found[consumer.name] = (consumer.num_pending or 0) + (consumer.num_ack_pending or 0)
    return {name: count for name, count in found.items() if count}


async def _read_json(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=json.dumps, decoder=json.loads
        )


async def _messages(client: Client, stream: str) -> list[Stored]:
    jetstream = client.jetstream(timeout=10)
    count = (await jetstream.stream_info(stream)).state.messages
    subscription = await jetstream.pull_subscribe(
        "", stream=stream, config=ConsumerConfig(ack_policy=AckPolicy.NONE)
    )
    found: list[Stored] = []
    while len(found) < count:
        for message in await subscription.fetch(min(500, count - len(found)), timeout=10):
            name = (message.headers or {}).get("Nats-Msg-Id")
            number = message.metadata.sequence.stream
            found.append(Stored(number, message.subject, name, message.data))
    await subscription.unsubscribe()
    return found


async def _redelivered(client: Client, streams: Mapping[str, Sequence[Stored]]) -> dict[str, int]:
    found = {}
    for stream in STREAMS:
        for consumer in await client.jsm(timeout=5).consumers_info(stream):
            if consumer.config.ack_policy is AckPolicy.NONE or consumer.delivered is None:
                continue
            wanted = tuple(one.rstrip(">") for one in consumer.config.filter_subjects or ())
            first = sum(one.subject.startswith(wanted) for one in streams[stream])
            found[consumer.name] = max(0, consumer.delivered.consumer_seq - first)
    return found
