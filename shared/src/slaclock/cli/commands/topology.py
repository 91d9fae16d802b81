"""`slaclock topology`: bring a broker to the streams and consumers that services expect."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from slaclock.cli.exits import NotReachable
from slaclock.cli.output import AsJson, emit, note
from slaclock.settings import PlatformSettings

__all__ = ["register"]

_PATIENCE: Final = 15.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("topology")(topology)


def topology(
    *,
    show: Annotated[bool, typer.Option("--show", help="Print it, and touch no broker.")] = False,
    replicas: Annotated[int, typer.Option(min=1, max=5, help="Copies of each stream.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Create or update the streams and consumers, as the identity in SLACLOCK_NATS_CREDENTIALS."""
    if not show:
        settings = PlatformSettings.load()
        asyncio.run(_apply(settings, replicas))
        note(f"{settings.nats_url} has the topology")
    emit(_document(), as_json=as_json, render=_table)


async def _apply(settings: PlatformSettings, replicas: int) -> None:
    from slaclock.messaging.connection import NatsAccess, connect  # noqa: PLC0415 - seldom needed
    from slaclock.messaging.provisioning import ensure_topology  # noqa: PLC0415 - the same

    access = NatsAccess.read(settings.nats_url, settings.nats_identity())
    try:
        async with asyncio.timeout(_PATIENCE):
            client = await connect(access, "slaclock topology")
    except (OSError, TimeoutError) as error:
        raise NotReachable(
            f"no broker answers at {settings.nats_url} ({type(error).__name__}); "
            "start it, or correct SLACLOCK_NATS_URL"
        ) from error
    try:
        await ensure_topology(client, replicas=replicas)
    finally:
        await client.close()


def _document() -> dict[str, Any]:
    from slaclock.messaging.topology import CONSUMERS, STREAMS  # noqa: PLC0415 - seldom needed

    return {
        "streams": [
            {"name": stream.name, "subjects": list(stream.all_subjects())}
            for stream in STREAMS.values()
        ],
        "consumers": [
            {
                "durable": consumer.durable,
                "stream": consumer.stream,
                "filters": list(consumer.filters()),
            }
            for consumer in CONSUMERS.values()
        ],
    }


def _table(document: dict[str, Any]) -> Table:
    table = Table("stream", "subjects", "consumers", title="Topology")
    for stream in document["streams"]:
        readers = [
            one["durable"] for one in document["consumers"] if one["stream"] == stream["name"]
        ]
        table.add_row(stream["name"], "\n".join(stream["subjects"]), "\n".join(readers))
    return table
