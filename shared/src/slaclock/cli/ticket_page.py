"""A ticket's status as a page for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.console import Group, RenderableType
from rich.markup import escape

__all__ = ["duration", "heading", "local", "ticket_page"]

_COLOURS: Final[Mapping[str, str]] = {
    "met": "green",
    "breached": "red",
    "pending": "cyan",
    "cancelled": "dim",
}


def ticket_page(document: Mapping[str, Any]) -> RenderableType:
    """The answer of `GET .../sla`: a few lines for the ticket, then a few for each clock.

    Lines, no table: they fit into 80 columns, and `grep` finds its way in them.
    """
    lines = [*heading(document), *map(_fault, document["faults"])]
    if not document["clocks"]:
        return Group(*lines, "No clock runs for this ticket.")
    return Group(*lines, *(line for clock in document["clocks"] for line in _clock(clock)))


def heading(document: Mapping[str, Any]) -> Iterator[str]:
    """Which ticket, where it stands, which SLA it follows and why."""
    said = " · ".join(
        f"{name} {_text(document[name])}"
        for name in ("status", "category", "priority", "risk")
        if document.get(name) is not None
    )
    yield f"[bold]{_text(document['ticket_id'])}[/]  {said}"
    binding = document.get("binding") or {}
    bound = "bound to no SLA"
    if binding.get("sla_id"):
        bound = f"bound to {_text(binding['sla_id'])} version {_text(binding.get('sla_version'))}"
    reason = binding.get("reason", "not opened yet")
    yield bound if reason == "none" else f"{bound} ({_text(reason)})"
    if document.get("terms") == "pending":
        yield "[yellow]the terms are not known yet; clocks will appear[/]"
    yield f"as of {_text(document['as_of'])}, revision {_text(document['revision'])}"


def _clock(clock: Mapping[str, Any]) -> Iterator[str]:
    name = clock["metric"] if clock["cycle"] == "first" else f"{clock['metric']} ({clock['cycle']})"
    outcome = str(clock["outcome"])
    colour = _COLOURS.get(outcome, "white")
    yield f"\n[bold]{_text(name)}[/]  {_text(clock['state'])}, [{colour}]{_text(outcome)}[/]"
    target = clock.get("target_minutes")
    if target is None:
        yield "  no target"
        return
    spent = f"{duration(clock.get('elapsed_seconds'))} of {duration(target * 60)}"
    left = f"left {duration(clock.get('remaining_seconds'))}"
    yield f"  spent    {spent} ({clock.get('percent') or 0:.0f} %), {left}"
    due = local(clock.get("due_at"), clock.get("timezone"))
    yield f"  due      {_text(due or 'not while paused')}"
    yield f"  crossed  {_thresholds(clock.get('thresholds') or [])}"


def _fault(fault: object) -> str:
    if not isinstance(fault, Mapping):
        return f"[red]fault:[/] {_text(fault)}"
    found = "" if fault.get("value") is None else f" (found {fault['value']!r})"
    said = f"{fault.get('field')}: {fault.get('message')}{found}"
    return f"[red]fault:[/] {_text(said)}; {_text(fault.get('remedy'))}"


def _thresholds(thresholds: list[Mapping[str, Any]]) -> str:
    fired = [one for one in thresholds if one.get("fired_at") and not one.get("retracted_at")]
    return ", ".join(_text(one["threshold"]) for one in fired) or "nothing yet"


def duration(seconds: float | None) -> str:
    """`-1:05:00` and the like; hours go on beyond 24, because business days differ."""
    if seconds is None:
        return ""
    whole = int(abs(seconds))
    text = f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"-{text}" if seconds < 0 else text


def local(instant: str | None, zone: str | None) -> str:
    """An instant at the wall clock of *zone*, which is named; UTC where it is unknown."""
    if not instant:
        return ""
    at = datetime.fromisoformat(instant)
    try:
        return f"{at.astimezone(ZoneInfo(zone or 'UTC')):%a %Y-%m-%d %H:%M:%S} {zone or 'UTC'}"
    except (ZoneInfoNotFoundError, ValueError):
        return f"{at.astimezone(UTC):%a %Y-%m-%d %H:%M:%S} UTC"


def _text(value: object) -> str:
    return escape("-" if value is None else str(value))
