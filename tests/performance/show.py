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
    if "overdue" in report:
        yield _overdue(report["overdue"])
    if "footprint" in report:
        yield _footprint(report["footprint"])
    if "readers" in report:
        yield _readers(report["readers"])
    if "simulation" in report:
        yield _simulation(report["simulation"])
    if "kpis" in report:
        yield _kpis(report["kpis"])
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
    for side, name in (
        ("service", "service"),
        ("replicas", "2 replicas"),
        ("baseline", "bytes alone"),
        ("baseline_with_json", "bytes and JSON"),
    ):
        found = events[side]
        used = found["cpu_us_per_fact"]
        table.add_row(
            name, f"{found['facts_per_second']:,}", *(f"{used[part]:.0f}" for part in PARTS)
        )
    for key, name in (("ratio", "ratio to bytes"), ("ratio_with_json", "ratio to bytes and JSON")):
        ratio = events[key]
        table.add_row(name, "", f"{ratio['python']:.2f}", "", "", f"{ratio['total']:.2f}")
    return table


def _runs(events: Mapping[str, Any]) -> Table:
    table = Table(title="its runs: CPU µs per fact (seconds)")
    for column in ("run", "service", "bytes", "ratio", "bytes and JSON", "ratio"):
        table.add_column(column, justify="right")
    runs = (events[side]["runs"] for side in ("service", "baseline", "baseline_with_json"))
    for number, sides in enumerate(zip(*runs, strict=True), 1):
        service, raw, with_json = (run["cpu_us_per_fact"]["total"] for run in sides)
        one, other, third = (
            f"{run['cpu_us_per_fact']['total']:.0f} ({run['seconds']:.1f})" for run in sides
        )
        table.add_row(
            str(number), one, other, f"{service / raw:.2f}", third, f"{service / with_json:.2f}"
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


def _overdue(overdue: Mapping[str, Any]) -> Table:
    table = Table(title="tickets that are overdue when the service starts; CPU in µs per ticket")
    table.add_column("woken by")
    columns = ("tickets", "due in s", "first s", "last s", "tickets/s")
    for column in (*columns, "overtaken", "by p99 s", "max s", *PARTS):
        table.add_column(column, justify="right")
    for backend, found in overdue.items():
        used = found["cpu_us_per_ticket"]
        table.add_row(
            backend,
            f"{found['tickets']:,}",
            f"{found['spread_s']:.0f}",
            f"{found['first_s']:.1f}",
            f"{found['last_s']:.1f}",
            f"{found['tickets_per_second']:,}",
            f"{found['overtaken']:,}",
            f"{found['ahead_p99_s']}",
            f"{found['ahead_max_s']}",
            *(f"{used[part]:.0f}" for part in PARTS),
        )
    return table


def _footprint(footprint: Mapping[str, Any]) -> Table:
    title = f"{footprint['open_tickets']:,} open tickets with {footprint['facts']:,} facts"
    table = Table(title=title)
    table.add_column("what")
    table.add_column("value", justify="right")
    for place, size in footprint["disk_bytes_per_ticket"].items():
        kind = "stream" if place.isupper() else "table"
        table.add_row(f"{kind} {place}, a ticket", f"{size:,} B")
    table.add_row("disk, a ticket", f"{footprint['disk_bytes_per_ticket_total']:,} B")
    table.add_section()
    memory, ready = footprint["memory_mib"], footprint["ready_s"]
    table.add_row("service (PSS), empty database", f"{memory['empty']} MiB")
    table.add_row("service (PSS), beside them", f"{memory['full']} MiB")
    table.add_row("more of it, a ticket", f"{footprint['memory_bytes_per_ticket']:,} B")
    table.add_row("NATS (PSS)", f"{memory['nats']} MiB")
    table.add_section()
    table.add_row("from start to ready, empty database", f"{ready['empty']} s")
    table.add_row("from start to ready, beside them", f"{ready['full']} s")
    return table


def _readers(readers: Mapping[str, Any]) -> Table:
    title = (
        f"{readers['readers']:,} connections ask where one of {readers['open_tickets']:,} open"
        f" tickets stands; highest rate with p99 <= {readers['goal_ms']:.0f} ms:"
        f" {readers['highest_rate']:,}/s"
    )
    table = Table(title=title)
    columns = ("asked/s", "each every s", "answered/s", "p50 ms", "p90", "p99", "max", "failed")
    for column in (*columns, *(f"{part} µs" for part in PARTS)):
        table.add_column(column, justify="right")
    for found in (*readers["paced"], readers["greedy"]):
        used = found["cpu_us_per_answer"]
        table.add_row(
            f"{found['rate']:,}" if found["rate"] else "no pause",
            f"{found['pause_s']:.2f}",
            f"{found['answers_per_second']:,}",
            *(f"{found[f'{name}_ms']:,}" for name in ("p50", "p90", "p99", "max")),
            f"{found['failed']:,}",
            *(f"{used[part]:.0f}" for part in PARTS),
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


def _kpis(kpis: Mapping[str, Any]) -> Table:
    table = Table(title=f"{kpis['kpis']} KPIs of {kpis['cycles']:,} cycles in a year")
    table.add_column("")
    table.add_column("ms", justify="right")
    for name, taken in kpis["ms"].items():
        table.add_row(name, f"{taken:.1f}")
    table.add_row("counting the rows of the year at all", f"{kpis['counting_rows_ms']:.1f}")
    table.add_row("ratio of a year, by role", f"{kpis['ratio']:.1f}")
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
