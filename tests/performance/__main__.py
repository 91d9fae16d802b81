"""`make bench`: the figures of docs/performance.md, as tables and as JSON."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from rich.console import Console
from tests.performance.embedded import measure_embedded
from tests.performance.events import compare
from tests.performance.house import measure_footprint
from tests.performance.kernel.__main__ import tables as kernel_tables
from tests.performance.kernel.measure import measured
from tests.performance.kpis import measure_kpis
from tests.performance.latency import measure_latency
from tests.performance.measuring import machine
from tests.performance.overdue import measure_overdue
from tests.performance.readers import RATES, measure_readers
from tests.performance.rig import Rig, postgres_server
from tests.performance.show import tables
from tests.performance.simulation import measure_simulation
from tests.performance.timers import BACKENDS, measure_timers

from slaclock.embedded.postgres import PostgresServer
from slaclock.testing.databases import Databases

ON_SERVERS = (
    "events",
    "latency",
    "timers",
    "overdue",
    "footprint",
    "readers",
    "simulation",
    "kpis",
)
SECTIONS = ("kernel", *ON_SERVERS, "platform")

WIDTH = 132
"""Columns for tables where nobody looks at them yet."""


def main(words: list[str]) -> int:
    """Measure what is asked for, and show it."""
    chosen = _arguments(words)
    aside = Console(stderr=True)
    console = _console(chosen)
    sections = chosen.sections or SECTIONS
    report: dict[str, Any] = {"machine": dict(machine()), "quick": chosen.quick}
    with aside.status("measuring") as status:

        def say(text: str) -> None:
            status.update(text)
            if not aside.is_terminal:
                aside.print(text)

        if "kernel" in sections:
            say("kernel")
            result = measured(say)
            report["kernel"] = result.document()
        report |= _on_servers(sections, chosen, say)
        if "platform" in sections:
            found = measure_embedded(idle_s=2 if chosen.quick else 10, say=say)
            report["platform"] = found.document()
    report["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    if "kernel" in sections:
        for table in kernel_tables(result):
            console.print(table)
    for table in tables(report):
        console.print(table)
    if chosen.json is not None:
        text = json.dumps(report, indent=1) + "\n"
        if chosen.json == "-":
            sys.stdout.write(text)
        else:
            Path(chosen.json).write_text(text, encoding="utf-8")
    return 0


def _console(chosen: Namespace) -> Console:
    """Where tables go: not to stdout where JSON is wanted there."""
    console = Console(stderr=chosen.json == "-")
    if not console.is_terminal:
        console.width = WIDTH
    return console


def _on_servers(sections: tuple[str, ...], chosen: Namespace, say: Any) -> dict[str, Any]:
    """What needs a PostgreSQL of its own."""
    report: dict[str, Any] = {}
    if not set(ON_SERVERS) & set(sections):
        return report
    with postgres_server() as postgres:
        databases = Databases(postgres)
        if "events" in sections:
            runs, facts = (1, 1000) if chosen.quick else (chosen.runs, chosen.facts)
            found = asyncio.run(compare(postgres, databases, facts=facts, runs=runs, say=say))
            report["events"] = found.document()
        if "latency" in sections:
            seconds = 1 if chosen.quick else 10
            waits = asyncio.run(
                measure_latency(postgres, databases, rate=chosen.rate, seconds=seconds, say=say)
            )
            report["latency"] = waits.document()
        if "timers" in sections:
            clocks, seconds = (2000, 5) if chosen.quick else (chosen.tickets, 30)
            late = asyncio.run(
                measure_timers(
                    postgres,
                    databases,
                    open_clocks=clocks,
                    per_second=50,
                    seconds=seconds,
                    say=say,
                )
            )
            report["timers"] = late.document()
        if "overdue" in sections:
            tickets = 1000 if chosen.quick else chosen.tickets
            report["overdue"] = {}
            for backend in chosen.overdue_by:
                drained = asyncio.run(
                    measure_overdue(postgres, databases, tickets=tickets, backend=backend, say=say)
                )
                report["overdue"][backend] = drained.document()
        if {"footprint", "readers"} & set(sections):
            report |= asyncio.run(_full_house(postgres, databases, sections, chosen, say))
        if "simulation" in sections:
            tickets = 2000 if chosen.quick else chosen.tickets
            timed = asyncio.run(measure_simulation(postgres, databases, tickets=tickets, say=say))
            report["simulation"] = timed.document()
        if "kpis" in sections:
            cycles = 2000 if chosen.quick else chosen.tickets
            asked = asyncio.run(measure_kpis(postgres, databases, cycles=cycles, say=say))
            report["kpis"] = asked.document()
    return report


async def _full_house(
    postgres: PostgresServer,
    databases: Databases,
    sections: tuple[str, ...],
    chosen: Namespace,
    say: Any,
) -> dict[str, Any]:
    """What is measured beside many open tickets, which are opened once for all of it."""
    tickets, starts = (1000, 1) if chosen.quick else (chosen.tickets, 3)
    async with Rig.built(postgres, databases) as rig:
        house, footprint = await measure_footprint(rig, tickets, say, starts=starts)
        report = {"footprint": footprint.document()}
        if "readers" in sections:
            rates = (100,) if chosen.quick else chosen.rates
            readers, seconds = (100, 2) if chosen.quick else (chosen.readers, 8)
            found = await measure_readers(
                house, readers=readers, seconds=seconds, rates=rates, say=say
            )
            report["readers"] = found.document()
    return report


def _arguments(words: list[str]) -> Namespace:
    parser = ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="all when none given")
    parser.add_argument(
        "--json", nargs="?", const="-", metavar="FILE", help="one document; on stdout without FILE"
    )
    parser.add_argument("--quick", action="store_true", help="a minute, to see that it works")
    parser.add_argument("--facts", type=int, default=20_000, help="ticket facts of a run")
    parser.add_argument("--runs", type=int, default=3, help="runs of each side")
    parser.add_argument("--rate", type=int, default=500, help="facts per second for latency")
    parser.add_argument(
        "--tickets",
        type=int,
        default=100_000,
        help="tickets of a simulation, cycles of KPIs, open ones elsewhere",
    )
    parser.add_argument(
        "--overdue-by",
        nargs="+",
        choices=BACKENDS,
        default=["polling"],
        help="what wakes the tickets that are overdue at the start",
    )
    parser.add_argument("--readers", type=int, default=1_000, help="connections that read at once")
    parser.add_argument(
        "--rates", type=int, nargs="+", default=RATES, help="questions a second of all readers"
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
