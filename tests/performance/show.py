"""Results as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

__all__ = ["tables"]

PARTS = ("python", "postgres", "nats", "total")


def tables(report: Mapping[str, Any]) -> Iterator[Table]:
    """The tables of a report's sections beside the kernel's, which has its own."""
    if "events" in report:
        yield _events(report["events"])
        yield _runs(report["events"])
    if "latency" in report:
        yield _latency(report["latency"])
    if "timers" in report:
        yield _timers(report["timers"])
    if "simulation" in report:
        yield _simulation(report["simulation"])
    if "platform" in report:
        yield _starts(report["platform"])
        yield _parts(report["platform"])


def _events(events: Mapping[str, Any]) -> Table:
    title = (
        f"event path: {events['facts']:,} facts of {events['tickets']:,} tickets and"
        f" {events['tenants']} tenants, {events['bytes_per_fact']} B each; CPU in µs per fact"
    )
    table = Table(title=title)
    table.add_column("")
    for column in ("facts/s", *PARTS):
        table.add_column(column, justify="right")
    for side in ("service", "baseline"):
        found = events[side]
        used = found["cpu_us_per_fact"]
        table.add_row(
            side, f"{found['facts_per_second']:,}", *(f"{used[part]:.0f}" for part in PARTS)
        )
    ratio = events["ratio"]
    table.add_row("ratio", "", f"{ratio['python']:.2f}", "", "", f"{ratio['total']:.2f}")
    return table


def _runs(events: Mapping[str, Any]) -> Table:
    table = Table(title="its runs: CPU µs per fact (seconds)")
    for column in ("run", "service", "baseline", "ratio"):
        table.add_column(column, justify="right")
    pairs = zip(events["service"]["runs"], events["baseline"]["runs"], strict=True)
    for number, (one, other) in enumerate(pairs, 1):
        used, raw = one["cpu_us_per_fact"]["total"], other["cpu_us_per_fact"]["total"]
        table.add_row(
            str(number),
            f"{used:.0f} ({one['seconds']:.1f})",
            f"{raw:.0f} ({other['seconds']:.1f})",
            f"{used / raw:.2f}",
        )
    return table


def _latency(latency: Mapping[str, Any]) -> Table:
    table = Table(title=f"latency at {latency['facts_per_second']} facts/s, ms")
    table.add_column("from ... to the CLOCK event")
    columns = ("count", "p50_ms", "p90_ms", "p99_ms", "max_ms")
    for column in columns:
        table.add_column(column.removesuffix("_ms"), justify="right")
    for name, key in (("a published fact", "fact_to_event"), ("a breach", "breach_to_event")):
        table.add_row(name, *(f"{latency[key][column]:,}" for column in columns))
    return table


def _timers(timers: Mapping[str, Any]) -> Table:
    title = (
        f"late beside {timers['open_clocks']:,} open clocks, {timers['due_per_second']} thresholds"
        " a second, ms; CPU in ms a second"
    )
    table = Table(title=title)
    table.add_column("woken by")
    columns = ("count", "p50_ms", "p90_ms", "p99_ms", "max_ms")
    for column in (*(name.removesuffix("_ms") for name in columns), *PARTS):
        table.add_column(column, justify="right")
    for backend, late in timers["late"].items():
        used = timers["cpu_us_per_second"][backend]
        table.add_row(
            backend,
            *(f"{late[column]:,}" for column in columns),
            *(f"{used[part] / 1000:.0f}" for part in PARTS),
        )
    return table


def _simulation(simulation: Mapping[str, Any]) -> Table:
    table = Table(title=f"simulation of stored tickets with {simulation['facts']:,} facts")
    table.add_column("")
    for column in ("tickets", "folded", "s", "Python", "PostgreSQL", "held ms"):
        table.add_column(column, justify="right")
    for name, key in (("an SLA", "sla"), ("a calendar", "calendar"), ("folding each", "folded")):
        found = simulation[key]
        used = found["cpu_us_per_ticket"]
        table.add_row(
            name,
            f"{found['tickets']:,}",
            f"{found['by_fold']:,}",
            f"{found['seconds']:.1f}",
            f"{used['python']:.0f}",
            f"{used['postgres']:.0f}",
            f"{found['longest_hold_ms']:.0f}",
        )
    ratio = simulation["ratio"]
    table.add_row("ratio", "", "", f"{ratio['seconds']:.1f}", f"{ratio['python']:.1f}", "", "")
    return table


def _starts(platform: Mapping[str, Any]) -> Table:
    table = Table(title="embedded platform")
    table.add_column("what")
    table.add_column("value", justify="right")
    table.add_row("first start, databases made", f"{platform['first_start_s']:.1f} s")
    table.add_row("next start", f"{platform['next_start_s']:.1f} s")
    table.add_row("CPU of the next start", f"{platform['start_cpu_s']:.1f} s")
    return table


def _parts(platform: Mapping[str, Any]) -> Table:
    table = Table(title="embedded platform at rest")
    table.add_column("part")
    table.add_column("memory (PSS), MiB", justify="right")
    table.add_column("CPU, ms/s", justify="right")
    idle = platform["idle_cpu_ms_per_s"]
    for part, size in sorted(platform["memory_mib"].items(), key=lambda item: -item[1]):
        table.add_row(part, f"{size:.1f}", f"{idle.get(part, 0):.1f}")
    table.add_section()
    table.add_row(
        "all",
        f"{platform['memory_mib_total']:.1f}",
        f"{platform['idle_cpu_ms_per_s_total']:.1f}",
    )
    return table
