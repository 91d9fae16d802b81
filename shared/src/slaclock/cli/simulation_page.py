"""A simulation as a page for people: what changes in all, for whom, and which tickets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from slaclock.cli.ticket_page import duration, local

__all__ = ["simulation_page"]

_COLUMNS: Final = (
    "in force\nmet",
    "\nbreached",
    "\n%",
    "simulated\nmet",
    "\nbreached",
    "\n%",
    "newly\nbreached",
    "newly\nmet",
)


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
        parts += ["", "[bold]tickets that come out otherwise[/]"]
        parts += [line for one in document["examples"] for line in _example(one)]
    for fault in document["faults"]:
        parts.append(Text(f"{fault['ticket_id']}: {fault['message']} ({fault['code']})"))
    return Group(*parts)


def _heading(document: Mapping[str, Any]) -> Iterator[str]:
    one, tickets = document["candidate"], document["tickets"]
    number, name = one["version"], one["hash"][:12]
    which = "not published" if number is None else f"version {number}, {name}"
    kind = "SLA" if one["kind"] == "sla" else "calendar"
    yield f"{kind} {one['id']} ({one['name']}), {which}"
    begin, end, at = (_short(document[name]) for name in ("from", "to", "as_of"))
    yield f"tickets opened from {begin} to {end}, judged {at} (UTC)"
    if not tickets["considered"]:
        yield "no ticket was opened then"
        return
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


def _short(instant: str) -> str:
    """An instant in UTC without what a reader can do without."""
    at = datetime.fromisoformat(instant).astimezone(UTC)
    return f"{at:%Y-%m-%d}" if at.time() == time() else f"{at:%Y-%m-%d %H:%M:%S}"


def _table(metric: Mapping[str, Any], by: str) -> Table:
    table = Table(
        title=metric["metric"],
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column(f"\n{by}")
    for name in _COLUMNS:
        table.add_column(name, justify="right")
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


def _example(one: Mapping[str, Any]) -> Iterator[RenderableType]:
    metric = one["metric"] if one["cycle"] == "first" else f"{one['metric']} (reopened)"
    known = [one["ticket_id"], metric, one["priority"], one["customer_id"]]
    yield Text(" ".join(str(part) for part in known if part is not None))
    for name in ("in_force", "simulated"):
        yield Text(f"  {name.replace('_', ' '):9}  {_side(one[name])}")


def _side(figures: Mapping[str, Any] | None) -> str:
    """`breached   5:00:00 of 4:00:00, due Mon 2026-03-02 13:00:00 UTC`."""
    if figures is None:
        return "no clock"
    spent = duration(figures["elapsed_seconds"])
    target = duration(figures["target_minutes"] * 60)
    due = f", due {local(figures['due_at'], None)}" if figures["due_at"] else ", paused"
    return f"{figures['outcome']:9} {spent} of {target}{due}"
