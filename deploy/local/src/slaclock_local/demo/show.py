"""The demo's own work, in a child of the running platform: history in, summary out, then life."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, Final
from uuid import UUID

import orjson
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from slaclock.auth.roles import Role
from slaclock.cli.exits import NotReachable
from slaclock.cli.importing.agreement import publish_default
from slaclock.cli.importing.asking import Asking
from slaclock.cli.importing.facts import Fact, Message, Tally, message_of
from slaclock.cli.importing.place import helpdesk_of
from slaclock.cli.importing.progress import shown_steps
from slaclock.cli.importing.publishing import Flow, open_publisher
from slaclock.cli.importing.run import Import, wait_for_agreement
from slaclock.cli.output import emit, note
from slaclock.cli.platform import Platform
from slaclock_local.demo.desk import Desk, Shift

DAYS: Final = 14
TICKETS: Final = 420
PATIENCE: Final = 60.0
"""Seconds for the dashboard to have seen everything."""


@dataclass(frozen=True, slots=True)
class Show:
    """What was asked for.

    Attributes:
        seed: of everything random.
        once: end after the summary.
        as_json: print the summary as one JSON document.
    """

    seed: int
    once: bool
    as_json: bool

    def run(self) -> int:
        """Play it; the exit code, 130 if somebody asks to stop."""
        try:
            return asyncio.run(self._play())
        except KeyboardInterrupt:
            return 130

    async def _play(self) -> int:
        platform = Platform.find(Role.ADMIN)
        tenant = platform.tenant or "demo"
        before = _counted(_compliance(platform))
        random = Random(self.seed)  # noqa: S311 - traffic, no secret
        began = datetime.now(UTC).replace(microsecond=0)
        desk = Desk(random, first=_first_number(began))
        asking, access = Asking(platform), helpdesk_of(platform)
        document = orjson.loads(files(__package__).joinpath("demo-sla.json").read_bytes())
        await wait_for_agreement(asking, publish_default(platform, document))
        run_id = str(UUID(int=random.getrandbits(128)))
        tally = Tally()
        facts = desk.history(began, days=DAYS, tickets=TICKETS)
        work = Import(
            run_id=run_id,
            messages=lambda: _messages(facts, tenant, run_id, tally),
            tally=tally,
            asking=asking,
            access=access,
            flow=Flow(),
        )
        note(f"slaclock: a help desk's last {DAYS} days: {len(facts)} facts (seed {self.seed})")
        with shown_steps(len(facts)) as steps:
            summary = await work.run(steps)
        await _seen(platform, before + summary["clocks"])
        shown = {**summary, "compliance": _compliance(platform)}
        emit(shown, as_json=self.as_json, render=page)
        if self.once:
            return 0
        _say_where(platform, tenant, facts[0].ticket_id)
        async with open_publisher(access, asking.position, Flow()) as publisher:
            shift = Shift(desk, random)
            while True:
                now = datetime.now(UTC).replace(microsecond=0)
                happening = [
                    message_of(fact, tenant=tenant, run_id=run_id, origin=None)
                    for fact in shift.happens(now)
                ]
                await publisher.publish(happening, lambda: None)
                await asyncio.sleep(random.uniform(2, 6))


def _first_number(began: datetime) -> int:
    """So that demos on the same home, one after the other, make tickets of their own."""
    return int(began.timestamp()) // 10 % 1_000_000 * 1_000 + 1


def _messages(facts: list[Fact], tenant: str, run_id: str, tally: Tally) -> Iterator[Message]:
    for fact in facts:
        tally.rows += 1
        tally.tickets.setdefault(fact.ticket_id)
        yield message_of(fact, tenant=tenant, run_id=run_id)


async def _seen(platform: Platform, clocks: int) -> None:
    """Until the dashboard counts as many clocks as there are."""
    deadline = monotonic() + PATIENCE
    while True:
        found = await asyncio.to_thread(_compliance, platform)
        counted = _counted(found)
        if counted >= clocks:
            return
        if monotonic() > deadline:
            raise NotReachable(
                f"the dashboard has counted {counted} of {clocks} clocks within {PATIENCE:g} s; "
                "look at its logs"
            )
        await asyncio.sleep(0.2)


def _compliance(platform: Platform) -> dict[str, list[dict[str, Any]]]:
    """Groups by priority, for each metric."""
    found = {}
    for metric in ("first_response", "resolution"):
        query = {"metric": metric, "by": "priority", "from": "1970-01-01", "to": "2200-12-31"}
        answer = platform.ask("GET", "/dashboard/v1/compliance", params=query)
        found[metric] = answer["groups"]
    return found


def page(shown: dict[str, Any]) -> RenderableType:
    """The summary for people."""
    table = Table("metric", "priority", "met", "breached", "open", "compliance")
    for column in table.columns[2:]:
        column.justify = "right"
    for metric, groups in shown["compliance"].items():
        for group in sorted(groups, key=lambda group: str(group["key"])):
            rate = group["compliance"]
            table.add_row(
                metric.replace("_", " "),
                str(group["key"] or "none"),
                str(group["met"]),
                str(group["breached"]),
                str(group["pending"]),
                "no data" if rate is None else f"{_percent(rate)} %",
            )
        table.add_section()
    line = f"{shown['incidents']} tickets, {shown['facts']} facts, {shown['clocks']} clocks"
    if _counted(shown["compliance"]) > shown["clocks"]:
        line += "; the table also counts what was here before"
    return Group(Text(line), table)


def _counted(compliance: dict[str, list[dict[str, Any]]]) -> int:
    names = ("met", "breached", "pending", "cancelled")
    return sum(group[name] for groups in compliance.values() for group in groups for name in names)


def _percent(rate: float) -> str:
    return f"{rate if rate > 1 else 100 * rate:.1f}"


def _say_where(platform: Platform, tenant: str, ticket: str) -> None:
    viewer = Platform.find(Role.VIEWER)
    helpdesk = platform.nats["helpdesk"]
    note("")
    note(f"  dashboard   {platform.url}/dashboard/#key={viewer.api_key}")
    note(f"  calendars   {platform.url}/calendar/#key={viewer.api_key}")
    note(f"  one ticket  {_command()} explain {ticket}")
    note("  your event  curl -X POST " + f"{platform.url}/ticket-clock/v1/events \\")
    note(f"                -H 'Authorization: Bearer {platform.api_key}' \\")
    note("                -H 'Content-Type: application/cloudevents+json' \\")
    note(f"                -d '{_sample(tenant)}'")
    note(f"  by NATS     {platform.nats_url} as {helpdesk['user']}, sla.ticket.opened.v1.{tenant}")
    note("  stop        Ctrl-C")


def _command() -> str:
    """How `slaclock` is called here, so that the line works as it stands."""
    beside = Path(sys.executable).parent / "slaclock"
    if shutil.which("slaclock") is not None or not beside.exists():
        return "slaclock"
    here = Path.cwd()
    return str(beside.relative_to(here) if beside.is_relative_to(here) else beside)


def _sample(tenant: str) -> str:
    now = datetime.now(UTC).replace(microsecond=0)
    event = {
        "specversion": "1.0",
        "id": "my-first-event",
        "source": "/my-helpdesk",
        "type": "sla.ticket.opened",
        "subject": "MINE-1",
        "time": now.isoformat().replace("+00:00", "Z"),
        "tenant": tenant,
        "data": {"ticket_id": "MINE-1", "priority": "P1", "status": "open"},
    }
    return orjson.dumps(event).decode()
