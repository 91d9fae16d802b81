"""Calendars as people read them: lists, versions, differences, traces, the tzdata report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from slaclock.cli.ticket_page import duration, local
from slaclock.contracts.faults import shown

__all__ = [
    "answer",
    "calendars",
    "differences",
    "impact",
    "retired",
    "version",
    "versions",
]

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOLIDAYS: Final = 40
Document = Mapping[str, Any]


def calendars(document: Document) -> RenderableType:
    """One row each."""
    if not document["items"]:
        return "No calendar yet; publish one with `slaclock publish calendar FILE.json`."
    table = _table("calendar", "name", "zone", "version", "status", "draft")
    for one in document["items"]:
        draft = "draft" if one["has_draft"] else ""
        names = ("calendar_id", "name", "timezone", "latest_version", "status")
        table.add_row(*(_text(one[name]) for name in names), draft)
    return table


def versions(document: Document) -> RenderableType:
    """One row each."""
    if not document["items"]:
        return "No version yet."
    table = _table("version", "status", "published", "by", "tzdata", "hash", "note")
    for one in document["items"]:
        names = ("version", "status", "published_at", "published_by", "tzdata")
        row = [_text(one[name]) for name in names]
        table.add_row(*row, one["hash"][:12], _text(one["note"]))
    return table


def version(document: Document) -> RenderableType:
    """The week, the holidays and the special days of a version."""
    known, snapshot = document["version"], document["snapshot"]
    numbered = f"{_text(known['calendar_id'])} version {known['version']}"
    lines = [
        f"[bold]{_text(snapshot['name'])}[/]  {numbered}, {_text(known['status'])}",
        f"{_text(snapshot['timezone'])}, tzdata {_text(snapshot['tzdata'])}, {known['hash']}",
        *_week(snapshot["windows"]),
    ]
    lines += [f"  {line}" for line in _special(snapshot)]
    return Group(*lines)


def _week(windows: Sequence[Document]) -> Iterator[str]:
    for number, name in enumerate(_DAYS):
        hours = ", ".join(f"{w['start']}-{w['end']}" for w in windows if w["weekday"] == number)
        yield f"  {name:<10} {hours or '[dim]closed[/]'}"


def _special(snapshot: Document) -> Iterator[str]:
    holidays = snapshot["holidays"]
    for one in holidays[:_HOLIDAYS]:
        hours = f" {one['from']}-{one['to']}" if "from" in one else ""
        yearly = " every year" if one.get("recurrence") == "yearly" else ""
        yield f"closed     {one['date']}{hours}{yearly} {_text(one['name'])}"
    if len(holidays) > _HOLIDAYS:
        yield f"closed     on {len(holidays) - _HOLIDAYS} more dates (--json shows them)"
    for one in snapshot["overrides"]:
        hours = ", ".join(f"{w['start']}-{w['end']}" for w in one["windows"])
        yield f"otherwise  {one['date']} {hours or 'closed'}"


def differences(document: Document) -> RenderableType:
    """What changes, in words."""
    if not document["differences"]:
        return "They say the same."
    return Group(*(escape(one["words"]) for one in document["differences"]))


def retired(document: Document) -> RenderableType:
    """Which version that was."""
    return f"{_text(document['calendar_id'])} version {document['version']} is retired."


def answer(document: Document) -> RenderableType:
    """An instant, an amount, or a trace."""
    result = document["result"]
    if document["op"] == "explain":
        return _trace(result)
    if document["op"] == "elapsed":
        return duration(result / 1_000_000)
    return _text(result)


def _trace(trace: Document) -> RenderableType:
    zone = trace["timezone"]
    about = [
        f"{_text(trace['start'])} to {_text(trace['end'])}",
        f"{_named(trace)}, {_text(zone)}, tzdata {_text(trace['tzdata'])}, {trace['hash']}",
    ]
    if trace["minutes"] is not None:
        reached = local(trace["end"], zone)
        about.append(f"[bold]{trace['minutes']} business minutes lead to {_text(reached)}[/]")
    table = _table("date", "hours", "from", "to", "business time")
    table.columns[-1].justify = "right"
    for _, row in sorted(_rows(trace, zone), key=lambda found: found[0]):
        table.add_row(*row)
    rest = trace["rest"]
    if rest is not None:
        begins, ends = _wall(rest["start"], zone), _wall(rest["end"], zone)
        table.add_row("and more", "", begins, ends, _amount(rest["microseconds"]))
    table.add_section()
    table.add_row("[bold]in all[/]", "", "", "", f"[bold]{_amount(trace['microseconds'])}[/]")
    return Group(*about, table)


def _rows(trace: Document, zone: str) -> Iterator[tuple[tuple[str, int], list[str]]]:
    for part in trace["parts"]:
        source = " (override)" if part["source"] == "override" else ""
        begins, ends = _wall(part["start"], zone), _wall(part["end"], zone)
        amount = _amount(part["microseconds"])
        row = [part["date"], _text(part["window"] + source), begins, ends, amount]
        yield (part["start"], 1), row
    for day in trace["holidays"]:
        name = f"[yellow]{_text(day['name'] or 'holiday')}[/]"
        hours = (
            "" if (day["from"], day["to"]) == ("00:00", "24:00") else f"{day['from']}-{day['to']}"
        )
        withheld = f"[dim]without {_amount(day['microseconds'])}[/]"
        yield (day["date"], 0), [day["date"], name, hours, "", withheld]
    for change in trace["changes"]:
        moved = change["offset_after_seconds"] - change["offset_before_seconds"]
        step = f"{'+' if moved > 0 else '-'}{duration(abs(moved))}"
        yield (change["at"], 0), ["", "[cyan]clock change[/]", _wall(change["at"], zone), step, ""]


def _wall(instant: str, zone: str) -> str:
    """Without the zone's name, which the heading says once."""
    return local(instant, zone).rpartition(" ")[0]


def _named(trace: Document) -> str:
    if trace["calendar_id"] is None:
        return "a calendar of no name"
    number = f"version {trace['version']}" if trace["version"] is not None else "draft"
    return f"{_text(trace['calendar_id'])} {number}"


def impact(document: Document) -> RenderableType:
    """What would be otherwise, from when, and what to do."""
    counted = f"{document['checked']} versions compared with tzdata {document['installed']}"
    if not document["items"]:
        return f"{counted}: none would give other results."
    lines = [f"{counted}: {len(document['items'])} would give other results."]
    for one in document["items"]:
        until = f" until {one['until']}" if one["until"] else " on"
        lines += [
            f"[bold]{_text(one['calendar_id'])} version {one['version']}[/] ({one['status']}, "
            f"{_text(one['timezone'])}, sealed with tzdata {one['tzdata']}): "
            + (f"from {one['from']}{until}" if one["from"] else "its zone is not known any more"),
            f"  in 12 months {one['gained_minutes']} min more, {one['lost_minutes']} min less open",
        ]
        lines += [
            f"  {_span(each['old'])}  becomes  {_span(each['new'])}" for each in one["examples"]
        ]
        lines.append(f"  {_text(one['remedy'])}")
    return Group(*lines)


def _span(interval: Document | None) -> str:
    return f"{interval['opens']} to {interval['closes']}" if interval else "closed"


def _amount(microseconds: int) -> str:
    return duration(microseconds / 1_000_000)


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _text(value: object) -> str:
    return "" if value is None else escape(str(shown(value)))
