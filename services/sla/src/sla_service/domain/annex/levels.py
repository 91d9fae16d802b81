"""What is promised, and how its clocks run: targets, beginnings, pauses, ends, points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from sla_service.domain.agreement import ALWAYS_OPEN, THRESHOLDS
from sla_service.domain.annex.blocks import (
    NOTHING,
    Block,
    Cell,
    Paragraph,
    Run,
    Table,
    Text,
    data,
    lines,
    strong,
    text,
)
from sla_service.domain.annex.words import (
    CATEGORIES,
    METRICS,
    amount,
    duration,
    enumerated,
    priority,
)
from sla_service.domain.course import COURSES
from sla_service.domain.metric import BREACH
from sla_service.domain.metric import METRICS as ORDER

__all__ = ["clocks", "levels", "promised", "warnings"]

_STARTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "opened": "the ticket is opened",
        "customer_reply": "the customer writes a public message",
        "agent_reply": "an agent writes a public message",
    }
)
_FULFILS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "agent_reply": "an agent's public message",
        "resolved": "the ticket is resolved or closed",
    }
)
_REOPEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "resume": "it runs on from where it stood; the time in between does not count",
        "restart": "a new cycle begins at nothing",
        "keep": "its result stands",
    }
)
_MINUTE: Final = 60_000_000
_UNBROKEN: Final = "\u00a0"


def promised(snapshot: Mapping[str, Any]) -> list[str]:
    """Metrics with a target, in the order in which a ticket lives through them."""
    named = {target["metric"] for target in snapshot["targets"]}
    return [metric for metric in ORDER if metric in named]


def levels(snapshot: Mapping[str, Any]) -> list[Block]:
    """A row for each priority, a column for each metric."""
    metrics, targets = promised(snapshot), snapshot["targets"]
    priorities = _priorities(targets)
    rows = [
        (
            (priority(one, alone=len(priorities) == 1),),
            *(_promise(targets, metric, one) for metric in metrics),
        )
        for one in priorities
    ]
    heads = {"Priority": 2} | {METRICS[metric]: 3 for metric in metrics}
    return [
        Paragraph(
            text(
                "Each cell is a target: the time that may pass on the calendar which stands below"
                " it. Only the open hours of that calendar count (section 9); 24x7 never closes."
            )
        ),
        Table.of("Targets by priority and metric", heads, rows),
        Paragraph(
            text(
                "A dash is no promise: such tickets have no clock of that metric. Priorities are"
                " the names that the ticket system gives."
            )
        ),
    ]


def _priorities(targets: Sequence[Mapping[str, Any]]) -> list[str | None]:
    """In the file's order, the fallback last, if there is one."""
    named = list(dict.fromkeys(target["priority"] for target in targets))
    ordered: list[str | None] = [one for one in named if one is not None]
    return [*ordered, None] if None in named else ordered


def _promise(targets: Sequence[Mapping[str, Any]], metric: str, wanted: str | None) -> Cell:
    own = {one["priority"]: one for one in targets if one["metric"] == metric}
    found = own.get(wanted, own.get(None))
    if found is None:
        return (NOTHING,)
    calendar = text("24x7") if found["calendar"] == ALWAYS_OPEN else (data(found["calendar"]),)
    borrowed = (text("as all others"),) if found["priority"] != wanted else ()
    return (text(strong(duration(found["minutes"]))), calendar, *borrowed)


def clocks(snapshot: Mapping[str, Any]) -> list[Block]:
    """A row for each metric."""
    rows = [
        (
            lines(METRICS[metric]),
            lines(_sentence(_course(snapshot, metric)["starts"], _STARTS)),
            lines(_sentence(snapshot["pause"].get(metric, ()), CATEGORIES) or "nothing pauses it"),
            lines(_sentence(_course(snapshot, metric)["fulfils"], _FULFILS)),
            lines(_REOPEN.get(snapshot["reopen"].get(metric, ""), "its result stands")),
        )
        for metric in promised(snapshot)
    ]
    heads = {"Metric": 2, "Begins when": 3, "Pauses while": 3, "Is fulfilled by": 3}
    return [
        Table.of("What moves each clock", heads | {"When work goes on afterwards": 3}, rows),
        Paragraph(
            text(
                "Internal notes never count as messages. Which status of the ticket system means"
                " waiting, on hold, resolved or closed is the provider's status map in force at"
                " the time of the change of status; the map is not part of this version. Changes"
                " at one instant count as one, a pause ends before what fulfils."
            )
        ),
    ]


def _course(snapshot: Mapping[str, Any], metric: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = snapshot.get("metrics", {}).get(metric)
    return COURSES[metric].document() if found is None else found


def _sentence(named: Sequence[str], words: Mapping[str, str]) -> Text:
    return enumerated([words.get(one, one) for one in named], "or")


def warnings(snapshot: Mapping[str, Any]) -> list[Block]:
    """The points of each target at which a clock is announced."""
    rows = [
        (
            lines(METRICS[target["metric"]]),
            (priority(target["priority"], alone=_only(snapshot, target)),),
            _amounts(target["minutes"]),
            (_points(_announced(snapshot, target["metric"]), target["minutes"]),),
        )
        for metric in promised(snapshot)
        for target in snapshot["targets"]
        if target["metric"] == metric
    ]
    heads = {"Metric": 4, "Priority": 4, "Target": 3, "Told when this much time is used": 13}
    return [
        Paragraph(
            text(
                "A clock that is still running beyond one of these points is announced, at once"
                " and to the escalation rules of section 6. Points are amounts of the target's own"
                " business time; being fulfilled or paused exactly at a point is in time. The"
                " breach is announced in any case."
            )
        ),
        Table.of("Points of each target", heads, rows),
    ]


def _amounts(minutes: int) -> Cell:
    """As people say it, and in the minutes of the snapshot."""
    said = lines(duration(minutes).replace(" ", _UNBROKEN))
    return said if minutes < 60 else (*said, text(f"{minutes:,}{_UNBROKEN}min"))


def _only(snapshot: Mapping[str, Any], target: Mapping[str, Any]) -> bool:
    return [one["metric"] for one in snapshot["targets"]].count(target["metric"]) == 1


def _announced(snapshot: Mapping[str, Any], metric: str) -> Sequence[str]:
    found = snapshot["thresholds"]
    listed = found.get(metric, THRESHOLDS) if isinstance(found, dict) else found
    return listed if BREACH in listed else [*listed, BREACH]


def _points(listed: Sequence[str], minutes: int) -> Text:
    placed = sorted((_place(one, minutes), one) for one in listed)
    parts: list[Run | str] = []
    for at, name in placed:
        used = "at the very start" if at <= 0 else amount(at)
        said = f"{used} ({_short(name)})".replace(" ", _UNBROKEN)
        parts += [", " if parts else "", strong(said) if name == BREACH else said]
    return text(*parts)


def _place(written: str, minutes: int) -> int:
    """In microseconds from the beginning, rounded up as clocks do; below 0 for before it."""
    kind, _, number = written.partition(":")
    if kind == "percent":
        return -(-minutes * _MINUTE * int(number) // 100)
    away = int(number) * _MINUTE
    return minutes * _MINUTE + (away if kind == "after_due" else -away)


def _short(written: str) -> str:
    kind, _, number = written.partition(":")
    if written == BREACH:
        return "breach"
    if kind == "percent":
        return f"{int(number):,} %"
    return f"{duration(int(number))} {'after' if kind == 'after_due' else 'before'} due"
