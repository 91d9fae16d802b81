"""A simulation as a page for people: what changes in all, for whom, and which tickets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from slaclock.cli.ticket_page import duration

__all__ = ["simulation_page"]


def simulation_page(document: Mapping[str, Any], *, by: str) -> RenderableType:
    """The result of a simulation.

    Args:
        document: as the platform answers it.
        by: `priority` or `customer`: what the tables tell apart.
    """
    parts: list[RenderableType] = [Text(line) for line in _heading(document)]
    for metric in document["metrics"]:
        parts += ["", _table(metric, by)]
    if document["examples"]:
        parts += ["", _examples(document["examples"])]
    for fault in document["faults"]:
        parts.append(Text(f"{fault['ticket_id']}: {fault['message']} ({fault['code']})"))
    return Group(*parts)


def _heading(document: Mapping[str, Any]) -> Iterator[str]:
    one, tickets = document["candidate"], document["tickets"]
    which = "not published" if one["version"] is None else f"version {one['version']}"
    kind = "SLA" if one["kind"] == "sla" else "calendar"
    yield f"{kind} {one['id']} ({one['name']}), {which}, {one['hash'][:12]}"
    yield f"tickets opened from {document['from']} to {document['to']}, judged {document['as_of']}"
    counted = [f"{tickets['simulated']:,} of {tickets['considered']:,} tickets"]
    if document["scope"] != document["scope_asked"]:
        counted.append(f"all, because none is bound to this {kind}")
    if tickets["unbound"]:
        counted.append(f"{tickets['unbound']:,} are bound to something else")
    if tickets["faulted"]:
        counted.append(f"{tickets['faulted']:,} cannot be judged")
    yield "; ".join(counted)
    if not document["metrics"]:
        yield "nothing to compare: no clock of these tickets has a target"


def _table(metric: Mapping[str, Any], by: str) -> Table:
    table = Table(title=metric["metric"], title_justify="left", title_style="bold", box=None)
    table.add_column(by)
    names = ("met", "breached", "%", "met", "breached", "%", "newly breached", "newly met")
    for index, name in enumerate(names):
        sides = ("in force\n", "", "", "simulated\n", "", "", "\n", "\n")
        table.add_column(f"{sides[index] or chr(10)}{name}", justify="right")
    table.columns[0].header = f"\n{by}"
    table.add_row("all", *_figures(metric), style="bold")
    for row in metric[f"by_{by}"]:
        table.add_row(Text(_key(row)), *_figures(row))
    return table


def _key(row: Mapping[str, Any]) -> str:
    if row.get("others") is not None:
        return f"{row['others']} others"
    return "none" if row["key"] is None else str(row["key"])


def _figures(row: Mapping[str, Any]) -> Iterator[str]:
    for side in ("in_force", "simulated"):
        counts = row[side]
        yield f"{counts['met']:,}"
        yield f"{counts['breached']:,}"
        share = counts["compliance"]
        yield "-" if share is None else f"{share * 100:.1f}"
    yield _marked(row["newly_breached"], "red")
    yield _marked(row["newly_met"], "green")


def _marked(number: int, colour: str) -> str:
    return f"[{colour}]{number:,}[/]" if number else "0"


def _examples(examples: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="examples", title_justify="left", title_style="bold", box=None)
    for name in ("ticket", "metric", "priority", "customer", "in force", "simulated"):
        table.add_column(name)
    for one in examples:
        table.add_row(
            Text(one["ticket_id"]),
            _metric(one),
            Text(one["priority"] or "none"),
            Text(one["customer_id"] or "none"),
            _side(one["in_force"]),
            _side(one["simulated"]),
        )
    return table


def _metric(one: Mapping[str, Any]) -> str:
    return str(one["metric"]) if one["cycle"] == "first" else f"{one['metric']}, reopened"


def _side(figures: Mapping[str, Any] | None) -> str:
    """`breached: 5:00:00 of 4:00:00, due 2026-03-02T13:00:00Z`."""
    if figures is None:
        return "no clock"
    spent = duration(figures["elapsed_seconds"])
    target = duration(figures["target_minutes"] * 60)
    due = f", due {figures['due_at']}" if figures["due_at"] else ""
    return f"{figures['outcome']}: {spent} of {target}{due}"
