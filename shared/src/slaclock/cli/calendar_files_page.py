"""What `slaclock calendar import` shows on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

__all__ = ["findings", "imported"]

_MOST: Final = 40
"""Rows of a table; the rest is counted."""


def imported(done: Mapping[str, Any]) -> RenderableType:
    """What came in, or would, and everything that did not."""
    preview = done["preview"]
    parts: list[RenderableType] = []
    if preview["calendars"]:
        parts.append(_calendars(preview["calendars"]))
    shared = [one["document"]["holidays"] for one in preview["sets"]]
    listed = preview["holidays"] or [
        holiday
        for holidays in (
            *(one["document"].get("holidays", ()) for one in preview["calendars"]),
            *shared,
        )
        for holiday in holidays
    ]
    if listed:
        parts.append(_holidays(listed))
    if preview["findings"]:
        parts.append(findings(preview["findings"]))
    counts = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in preview["counts"].items())
    parts.append(f"{escape(preview['format'])}: {counts}")
    for draft in done["drafts"]:
        parts.append(escape(_draft(draft)))
        parts += [f"  {escape(_fault(fault))}" for fault in draft["faults"]]
    parts += [
        f"holiday set {escape(one['set_id'])} version {one['version']}"
        for one in done["sets"]
        if one["version"]
    ]
    parts += [
        f"{escape(one['id'])} version {one['version']}  {one['hash']}" for one in done["published"]
    ]
    return Group(*parts)


def findings(listed: Sequence[Mapping[str, Any]]) -> RenderableType:
    """A table of findings."""
    table = Table("where", "field", "value", "what is wrong", "what to do", "taken")
    for one in listed[:_MOST]:
        texts = (_where(one), one["field"], one["value"], one["message"], one["remedy"])
        table.add_row(*(escape(_text(text)) for text in texts), "yes" if one["taken"] else "no")
    return _with_rest(table, len(listed))


def _calendars(calendars: Iterable[Mapping[str, Any]]) -> Table:
    table = Table("calendar", "name", "zone", "windows", "holidays")
    for one in calendars:
        document = one["document"]
        counts = [str(len(document.get(key, ()))) for key in ("windows", "holidays")]
        names = (one["calendar_id"], document.get("name", ""), document["timezone"])
        table.add_row(*(escape(_text(name)) for name in names), *counts)
    return table


def _holidays(holidays: Sequence[Mapping[str, Any]]) -> RenderableType:
    table = Table("date", "hours", "name")
    for one in sorted(holidays, key=lambda holiday: str(holiday["date"]))[:_MOST]:
        date = f"every {one['date'][5:]}" if one.get("recurrence") == "yearly" else one["date"]
        hours = f"{one.get('from') or '00:00'}-{one.get('to') or '24:00'}"
        whole = hours == "00:00-24:00"
        table.add_row(escape(date), "all day" if whole else hours, escape(one.get("name", "")))
    return _with_rest(table, len(holidays))


def _with_rest(table: Table, number: int) -> RenderableType:
    return (
        table
        if number <= _MOST
        else Group(table, f"... and {number - _MOST} more (--json has all)")
    )


def _draft(draft: Mapping[str, Any]) -> str:
    faults = len(draft["faults"])
    state = "1 fault" if faults == 1 else f"{faults or 'no'} faults"
    waits = f"; correct {'it' if faults == 1 else 'them'} before it is published" if faults else ""
    return f"draft of {draft['calendar_id']}: {draft['holidays']} holidays written, {state}{waits}"


def _fault(fault: Mapping[str, Any]) -> str:
    return f"{fault['field']}: {fault['message']}; {fault['remedy']}"


def _where(finding: Mapping[str, Any]) -> str:
    line = f"line {finding['line']}" if finding["line"] else ""
    return " ".join(filter(None, (line, finding["table"], finding["row"])))


def _text(value: object) -> str:
    return "" if value is None else str(value)
