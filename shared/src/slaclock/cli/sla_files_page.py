"""What `slaclock sla import-...` shows on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

__all__ = ["brought"]

_MOST: Final = 40
"""Rows of a table; the rest is counted."""


def brought(done: Mapping[str, Any]) -> RenderableType:
    """What came in, or would, what follows from it, and everything that did not."""
    found = done["import"]
    parts: list[RenderableType] = [_targets(found["slas"])]
    if found["proposals"]:
        parts.append("proposed terms (made with --assign; contracts come with quotes):")
        parts += [f"  {escape(_proposal(one))}" for one in found["proposals"][:_MOST]]
        parts += _rest(found["proposals"])
    for title, taken in (("left out:", False), ("taken, with a difference:", True)):
        told = [one for one in found["told"] if one["taken"] is taken]
        if told:
            parts += [title, *_told(told)]
    counts = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in found["counts"].items())
    parts.append(f"{escape(found['format'])}: {counts}")
    for one in found["slas"]:
        parts += _sla(one)
    parts += [
        f"{escape(one['id'])} version {one['version']}  {one['hash']}" for one in done["published"]
    ]
    parts += [escape(f"{one['kind']} from {one['effective_from']}") for one in done["assigned"]]
    return Group(*parts)


def _targets(slas: Sequence[Mapping[str, Any]]) -> RenderableType:
    table = Table("SLA", "priority", "metric", "minutes", "calendar")
    rows = [(one["sla_id"], target) for one in slas for target in one["document"]["targets"]]
    for sla_id, target in rows[:_MOST]:
        priority = "any" if target["priority"] is None else target["priority"]
        texts = (sla_id, priority, target["metric"], str(target["minutes"]), target["calendar"])
        table.add_row(*map(escape, texts))
    return Group(table, *_rest(rows))


def _told(listed: Sequence[Mapping[str, Any]]) -> Iterable[RenderableType]:
    """What is to be known of each, and what to do: sentences, too long for a table."""
    for one in listed[:_MOST]:
        subject = (one["table"], one["row"], one["field"], _text(one["value"]))
        where = " ".join(filter(None, subject))
        yield Padding.indent(Text(f"{where}: {one['message']}"), 2)
        yield Padding.indent(Text(one["remedy"], style="dim"), 4)
    yield from _rest(listed)


def _sla(one: Mapping[str, Any]) -> Iterable[str]:
    faults, warnings = len(one["faults"]), len(one["warnings"])
    state = "1 fault" if faults == 1 else f"{faults or 'no'} faults"
    drafted = "no draft is written" if one["draft"] == "none" else f"draft {one['draft']}"
    noted = "1 warning" if warnings == 1 else f"{warnings} warnings"
    yield escape(f"{one['sla_id']}: {drafted}, {state}, {noted}")
    for fault in one["faults"][:_MOST]:
        yield escape(f"  {fault['field']}: {fault['message']}; {fault['remedy']}")
    yield from _rest(one["faults"])


def _proposal(one: Mapping[str, Any]) -> str:
    body = one["body"]
    match one["kind"]:
        case "status_map":
            return "; ".join(
                f"{status} means {means}" for status, means in body["statuses"].items()
            )
        case "assignment":
            fields = ", ".join(f"{name} {value}" for name, value in body["match"].items())
            return f"tickets of {fields}: {body['sla_id']}"
        case "contract":
            return f"a contract of customer {body['customer_id']}: {body['sla_id']}"
        case _:
            return f"all other tickets: {body['sla_id']}"


def _rest(rows: Sequence[object]) -> list[str]:
    return [f"... and {len(rows) - _MOST} more (--json has all)"] if len(rows) > _MOST else []


def _text(value: object) -> str:
    return "" if value is None else str(value)
