"""A real ticket-clock that importers can ask, with an SLA that it has learnt from the bus."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from sla_service.domain.agreement import Agreement, InlineCalendar
from sla_service.domain.file import read_agreement
from sla_service.domain.snapshot import SealedCalendar, Snapshot, assemble
from slaclock.auth.roles import Role
from slaclock.business_time import PACKAGED
from slaclock.cli.importing.asking import Asking
from slaclock.cli.importing.facts import Tally
from slaclock.cli.importing.publishing import Flow
from slaclock.cli.importing.run import Import, Steps, wait_for_agreement
from slaclock.cli.importing.sources import Source
from slaclock.cli.platform import Platform
from slaclock.contracts import canonical, message_id, nats_subject, uuid_of
from slaclock.testing.bus import Bus
from slaclock.testing.serving import Served, serving
from ticket_clock_service.main import service

EXAMPLES = Path(__file__).parents[2] / "examples"
TENANT = "acme"
SINCE = datetime(1970, 1, 1, tzinfo=UTC)


class Inside(httpx.BaseTransport):
    """Lets a thread's requests reach an application in the test's event loop."""

    def __init__(self, served: Served, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = httpx.ASGITransport(served.app)
        self._loop = loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Wait for the loop's answer."""
        asked = asyncio.run_coroutine_threadsafe(self._answer(request), self._loop)
        return asked.result(120)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        request.stream = httpx.ByteStream(request.read())
        answer = await self._transport.handle_async_request(request)
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=await answer.aread()
        )


class Clocks:
    """A running ticket-clock, and what tests do with it."""

    def __init__(self, bus: Bus, served: Served) -> None:
        self.bus = bus
        self.platform = Platform(
            url="http://service.test",
            api_key=served.key(TENANT, Role.ADMIN),
            tenant=TENANT,
            transport=Inside(served, asyncio.get_running_loop()),
        )
        self.asking = Asking(self.platform, patience=30)

    async def import_all(
        self,
        source: Source,
        *,
        run_id: str,
        flow: Flow | None = None,
    ) -> dict[str, Any]:
        """The summary of importing *source*."""
        tally = Tally()
        work = Import(
            run_id=run_id,
            messages=lambda: source.messages(TENANT, run_id, tally),
            tally=tally,
            asking=self.asking,
            access=self.bus.access(f"{TENANT}.helpdesk"),
            flow=flow or Flow(),
        )
        return await work.run(Steps())

    async def simulate(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """What everything imported would have come to under another SLA."""
        snapshot = _sealed(read_agreement(document))
        body = {
            "snapshot": snapshot.document,
            "hash": snapshot.hash,
            "from": "1970-01-01T00:00:00Z",
            "to": "2200-01-01T00:00:00Z",
            "examples": 1000,
        }
        path = "/ticket-clock/v1/simulations"
        found: Mapping[str, Any] = await asyncio.to_thread(self.platform.post, path, body)
        return found

    async def follow(self, document: Mapping[str, Any]) -> None:
        """Publish an SLA as the sla service would, as the default since 1970, and wait for it."""
        agreement = read_agreement(document)
        snapshot = _sealed(agreement)
        published = {
            "sla_id": agreement.sla_id,
            "version": 1,
            "hash": snapshot.hash,
            "effective_from": "1970-01-01T00:00:00Z",
            "snapshot": snapshot.document,
        }
        entry = str(uuid_of(TENANT, "default", snapshot.hash))
        changed = {
            "entry_id": entry,
            "kind": "default",
            "effective_from": "1970-01-01T00:00:00Z",
            "mode": "keep",
            "agreement": snapshot.hash,
            "sla_id": agreement.sla_id,
            "sla_version": 1,
        }
        client = await self.bus.connect("sla")
        for kind, subject, data in (
            ("sla.agreement.published", agreement.sla_id, published),
            ("sla.assignment.changed", entry, changed),
        ):
            await client.jetstream().publish(
                nats_subject(kind, TENANT),
                canonical(
                    {
                        "specversion": "1.0",
                        "id": f"{kind} {entry}",
                        "source": "/slaclock/sla",
                        "type": kind,
                        "subject": subject,
                        "time": "2026-01-01T00:00:00Z",
                        "tenant": TENANT,
                        "data": data,
                    }
                ),
                headers={"Nats-Msg-Id": message_id(TENANT, "/slaclock/sla", f"{kind} {entry}")},
            )
        await client.close()
        await wait_for_agreement(self.asking, {"id": agreement.sla_id, "default_entry_id": entry})


def _sealed(agreement: Agreement) -> Snapshot:
    """Its first version, as the sla service would make it."""
    calendars = {
        name: SealedCalendar.inline(
            calendar.document, sla_id=agreement.sla_id, name=name, files=PACKAGED
        )
        for name, calendar in agreement.calendars.items()
        if isinstance(calendar, InlineCalendar)
    }
    return assemble(agreement, calendars, version=1, effective_from=SINCE)


@pytest.fixture(scope="session")
def example_sla() -> dict[str, Any]:
    """The SLA file of the examples."""
    found: dict[str, Any] = json.loads((EXAMPLES / "servicenow-sla.json").read_bytes())
    return found


@pytest_asyncio.fixture
async def clocks(
    topology: Bus, database: Callable[[Any], str], tmp_path: Path
) -> AsyncIterator[Clocks]:
    """ticket-clock on real parts."""
    async with serving(service(), database(service()), tmp_path, topology) as served:
        yield Clocks(topology, served)
