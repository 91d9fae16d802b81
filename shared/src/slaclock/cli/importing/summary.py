"""What an import came to: the document of `--json`, and the page for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from slaclock.cli.importing.facts import Tally

__all__ = ["compare", "count", "page", "summarise"]

NO_PRIORITY: Final = "none"
SHOWN_ROWS: Final = 20


def count(statuses: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Clocks by outcome, and by the ticket's priority.

    Args:
        statuses: status documents of the tickets.
    """
    totals = {"clocks": 0, "met": 0, "breached": 0, "pending": 0, "cancelled": 0}
    priorities: dict[str, dict[str, int]] = {}
    for status in statuses:
        mine = priorities.setdefault(
            status.get("priority") or NO_PRIORITY, {"met": 0, "breached": 0}
        )
        for clock in status["clocks"]:
            totals["clocks"] += 1
            totals[clock["outcome"]] += 1
            if clock["outcome"] in mine:
                mine[clock["outcome"]] += 1
    return {**totals, "by_priority": dict(sorted(priorities.items()))}


def compare(statuses: Iterable[Mapping[str, Any]], verdicts: Mapping[str, bool]) -> dict[str, int]:
    """Our resolution verdicts beside those of the system that the file came from.

    Tickets for which one of the two has no verdict are counted as `undecided`.
    """
    found = {"agree": 0, "we_breached_only": 0, "they_breached_only": 0, "undecided": 0}
    for status in statuses:
        outcomes = [
            clock["outcome"] for clock in status["clocks"] if clock["metric"] == "resolution"
        ]
        ours = {"met": True, "breached": False}.get(outcomes[-1]) if outcomes else None
        theirs = verdicts.get(status["ticket_id"])
        if ours is None or theirs is None:
            found["undecided"] += 1
        elif ours == theirs:
            found["agree"] += 1
        else:
            found["they_breached_only" if ours else "we_breached_only"] += 1
    return found


def summarise(
    tally: Tally,
    *,
    published: int,
    recorded: int,
    parked: int,
    statuses: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The document of `--json`.

    Args:
        tally: of the file.
        published: facts that the broker has acknowledged.
        recorded: those of them that were not known before.
        parked: those that the clock service has set aside.
        statuses: of the tickets in the file.
    """
    counts = count(statuses)
    undecided_apart = compare(statuses, tally.verdicts)
    undecided = undecided_apart.pop("undecided")
    return {
        "rows": tally.rows,
        "incidents": len(tally.tickets),
        "facts": published,
        "duplicates": published - recorded - parked,
        "rejected": [one.document() for one in tally.rejected],
        "parked": parked,
        "clocks": counts["clocks"],
        "met": counts["met"],
        "breached": counts["breached"],
        "pending": counts["pending"],
        "cancelled": counts["cancelled"],
        "by_priority": counts["by_priority"],
        "made_sla": undecided_apart,
        "made_sla_undecided": undecided,
        "repeated_hour": tally.repeated_hour,
        "skipped_hour": tally.skipped_hour,
    }


def page(summary: Mapping[str, Any]) -> RenderableType:
    """The summary for people."""
    figures = Table(show_header=False, box=None, pad_edge=False)
    for label, value in _figures(summary):
        figures.add_row(label, str(value))
    parts: list[RenderableType] = [figures]
    if summary["by_priority"]:
        priorities = Table("priority", "met", "breached")
        for name, found in summary["by_priority"].items():
            priorities.add_row(Text(name), str(found["met"]), str(found["breached"]))
        parts.append(priorities)
    if summary["rejected"]:
        parts.append(_rejected(summary["rejected"]))
    return Group(*parts)


def _figures(summary: Mapping[str, Any]) -> Iterable[tuple[str, object]]:
    yield "rows", summary["rows"]
    yield "incidents", summary["incidents"]
    yield "facts", f"{summary['facts']} ({summary['duplicates']} known already)"
    if summary["parked"]:
        yield "set aside", f"{summary['parked']} (see `slaclock parked list`)"
    yield "clocks", summary["clocks"]
    for name in ("met", "breached", "pending", "cancelled"):
        yield f"  {name}", summary[name]
    if compared := sum(summary["made_sla"].values()):
        agree = summary["made_sla"]["agree"]
        yield "same verdict as made_sla", f"{agree} of {compared} ({agree / compared:.1%})"
        yield "  breached here only", summary["made_sla"]["we_breached_only"]
        yield "  breached there only", summary["made_sla"]["they_breached_only"]
    for key, label in (("repeated_hour", "twice"), ("skipped_hour", "never")):
        if summary[key]:
            yield f"local times that came {label}", summary[key]


def _rejected(rejected: list[Mapping[str, Any]]) -> Table:
    table = Table("line", "field", "value", "reason", title=f"{len(rejected)} faults")
    for one in rejected[:SHOWN_ROWS]:
        table.add_row(
            str(one["line"]), Text(one["field"]), Text(str(one["value"])), Text(one["reason"])
        )
    if len(rejected) > SHOWN_ROWS:
        table.caption = f"and {len(rejected) - SHOWN_ROWS} more; --json lists all"
    return table
