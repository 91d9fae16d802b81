"""The calendars of an agreement: when they are open, and when not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from sla_service.domain.agreement import ALWAYS_OPEN
from sla_service.domain.annex.blocks import (
    Block,
    Cell,
    Facts,
    Notice,
    Paragraph,
    Section,
    Table,
    Text,
    code,
    data,
    lines,
    text,
)
from sla_service.domain.annex.counting import example
from sla_service.domain.annex.words import WEEKDAYS, day, day_of_year, duration, span
from slaclock.contracts.canonical import canonical

__all__ = ["calendars", "hours"]

_RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "date": "a holiday closes its date from 00:00 to 24:00, also the part of a night shift that"
        " lies on it",
        "shift": "a holiday closes the intervals that begin on its date, whole",
    }
)
_SAID: Final = frozenset(
    {
        "schema",
        "calendar_id",
        "version",
        "name",
        "type",
        "timezone",
        "tzdata",
        "zone",
        "windows",
        "holidays",
        "overrides",
        "holiday_rule",
        "overtime_windows",
        "horizon",
    }
)
_DAY: Final = 24 * 60


def hours(snapshot: Mapping[str, Any]) -> list[Block]:
    """What stands before the single calendars."""
    found: list[Block] = []
    if any(target["calendar"] == ALWAYS_OPEN for target in snapshot["targets"]):
        found.append(
            Paragraph(text("24x7 is no calendar of this version: it is always open, everywhere."))
        )
    if not snapshot["calendars"]:
        found.append(Paragraph(text("No other calendar is used.")))
    return found


def calendars(snapshot: Mapping[str, Any], number: int) -> Iterator[Section]:
    """A part of section *number* for each calendar."""
    for place, (name, reference) in enumerate(snapshot["calendars"].items(), start=1):
        sealed = snapshot["calendar_snapshots"][reference["hash"]]
        blocks = [*_of(name, reference, sealed), *example(snapshot, name, sealed)]
        yield Section(f"{number}.{place}", f"Calendar “{name}”", tuple(blocks))


def _of(name: str, reference: Mapping[str, Any], sealed: Mapping[str, Any]) -> Iterator[Block]:
    yield Facts(tuple(_facts(reference, sealed)))
    yield _week(name, sealed["windows"])
    yield from _holidays(name, sealed.get("holidays", ()))
    yield from _overrides(name, sealed.get("overrides", ()))
    yield from _overtime(name, sealed.get("overtime_windows", ()))


def _facts(reference: Mapping[str, Any], sealed: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    if reference["calendar_id"] is None:
        yield "Comes from", lines("the agreement itself")
    else:
        named = text(data(sealed.get("name") or reference["calendar_id"]), " (")
        shown = text(named, code(reference["calendar_id"]), f"), version {reference['version']}")
        yield "Comes from", lines(text("published calendar ", shown))
    zone = sealed["zone"]
    yield (
        "Time zone",
        lines(
            text(code(sealed["timezone"]), f", rules of tzdata {sealed.get('tzdata', 'unknown')}"),
            text("from the last recorded change on: ", code(zone["tail"])),
        ),
    )
    yield "Holidays", lines(_RULES[sealed.get("holiday_rule", "date")])
    if sealed.get("type", "business") != "business":
        yield "Type", lines(sealed["type"])
    if horizon := sealed.get("horizon"):
        years = f"{horizon.get('first_year')} to {horizon.get('last_year')}"
        yield "Dates made of rules", lines(f"for the years {years}")
    yield "Snapshot (SHA-256)", lines(code(reference["hash"]))
    for key in sorted(sealed.keys() - _SAID):
        yield key, lines(code(canonical(sealed[key]).decode()))


def _week(name: str, windows: Sequence[Mapping[str, Any]]) -> Block:
    rows: list[tuple[Cell, ...]] = []
    total = 0
    for weekday, word in enumerate(WEEKDAYS):
        own = [one for one in windows if one["weekday"] == weekday]
        open_for = sum(map(_minutes, own))
        total += open_for
        rows.append((lines(word), (_spans(own),), lines(duration(open_for) if own else "—")))
    rows.append((lines("The week"), lines(""), lines(duration(total))))
    heads = {"Day": 2, "Open": 6, "Together": 2}
    return Table.of(f"Opening hours of {name}, on the wall clock of its zone", heads, rows)


def _spans(windows: Sequence[Mapping[str, Any]]) -> Text:
    found = sorted((one["start"], one["end"]) for one in windows)
    spans = [
        span(start, end) + (" of the next day" if end <= start else "") for start, end in found
    ]
    return text(", ".join(spans) or "closed")


def _minutes(window: Mapping[str, Any]) -> int:
    start, end = (int(window[key][:2]) * 60 + int(window[key][3:]) for key in ("start", "end"))
    return end - start if end > start else end - start + _DAY


def _holidays(name: str, holidays: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    if not holidays:
        yield Paragraph(text("It has no holidays: nothing but its opening hours closes it."))
        return
    yearly = [one for one in holidays if one.get("recurrence") == "yearly"]
    single = sorted(
        (one for one in holidays if one.get("recurrence") != "yearly"), key=lambda one: one["date"]
    )
    rows = [
        (lines(_yearly(one)), _named(one), lines(_closed(one)))
        for one in sorted(yearly, key=lambda one: one["date"][5:])
    ]
    rows += [
        (lines(day(date.fromisoformat(one["date"]))), _named(one), lines(_closed(one)))
        for one in single
    ]
    yield Table.of(f"Holidays of {name}", {"Date": 4, "Holiday": 5, "Closed": 3}, rows)
    if single:
        last = day(date.fromisoformat(single[-1]["date"]))
        rest = "only those of every year close it" if yearly else "no holiday closes it"
        yield Notice(text(f"The last single holiday is {last}. After it, {rest}."))


def _yearly(holiday: Mapping[str, Any]) -> str:
    on = date.fromisoformat(holiday["date"])
    return f"{day_of_year(on)} of every year"


def _named(one: Mapping[str, Any]) -> Cell:
    return lines(data(one["name"])) if one.get("name") else lines()


def _closed(holiday: Mapping[str, Any]) -> str:
    if holiday.get("from") is None and holiday.get("to") is None:
        return "the whole day"
    return span(holiday.get("from") or "00:00", holiday.get("to") or "24:00")


def _overrides(name: str, overrides: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    if not overrides:
        return
    rows = [
        (
            lines(day(date.fromisoformat(one["date"]))),
            (_spans(one.get("windows", ())),),
            _named(one),
        )
        for one in sorted(overrides, key=lambda one: one["date"])
    ]
    heads = {"Date": 4, "Open instead": 4, "Why": 4}
    yield Table.of(f"Exceptions of {name}: they win over the week and over holidays", heads, rows)


def _overtime(name: str, windows: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    if not windows:
        return
    rows = [
        (
            lines(WEEKDAYS[one["weekday"]]),
            (_spans([one]),),
            lines(str(one.get("multiplier", "1.00"))),
        )
        for one in windows
    ]
    heads = {"Day": 3, "Hours": 5, "Counts as": 2}
    yield Table.of(f"Overtime of {name}: not business time of any target", heads, rows)
