"""Writes a calendar as Zendesk takes it, and says what Zendesk has no words for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from slaclock.business_time import Horizon
from slaclock.foreign.findings import Finding, Findings, Place
from slaclock.foreign.rails_zones import friendly_name
from slaclock.foreign.zendesk import DAY, WEEK

__all__ = ["ForZendesk", "written_zendesk"]

STEP: Final = 15
"""Zendesk's clock goes in quarters of an hour."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ForZendesk:
    """What to send to Zendesk.

    Attributes:
        schedule: name, time zone and intervals.
        holidays: ranges of dates, both ends included.
        findings: what could not be said.
    """

    schedule: Mapping[str, Any]
    holidays: tuple[Mapping[str, Any], ...]
    findings: tuple[Finding, ...]


def written_zendesk(document: Mapping[str, Any], calendar_id: str, horizon: Horizon) -> ForZendesk:
    """A plain, valid calendar in Zendesk's words.

    Args:
        document: a snapshot, or a draft without rules and sets.
        calendar_id: names a calendar without a name.
        horizon: years for which yearly holidays become dates.
    """
    findings = Findings()
    zone = document["timezone"]
    friendly = friendly_name(zone)
    if friendly is None:
        _said_otherwise(
            findings,
            "timezone",
            zone,
            "has no name in Zendesk; it is written as it stands",
            "choose the zone of a near city in Zendesk that keeps the same time",
        )
    schedule = {
        "name": document.get("name") or calendar_id,
        "time_zone": friendly or zone,
        "intervals": list(_intervals(document, findings)),
    }
    for key, what in (
        ("overrides", "other hours on one date"),
        ("overtime_windows", "overtime"),
    ):
        for number, item in enumerate(document.get(key) or ()):
            shown = item.get("date", f"{item.get('weekday')} {item.get('start')}")
            _left_out(
                findings,
                f"{key}[{number}]",
                shown,
                f"is left out: Zendesk knows no {what}",
                "change the schedule in Zendesk for that day",
            )
    if document.get("holiday_rule") == "shift":
        _left_out(
            findings,
            "holiday_rule",
            "shift",
            "is left out: holidays of Zendesk close their date from midnight to midnight",
            "compare the shifts around holidays",
        )
    return ForZendesk(
        schedule, tuple(_holidays(document, horizon, findings)), tuple(findings.found)
    )


def _intervals(document: Mapping[str, Any], findings: Findings) -> Iterator[dict[str, int]]:
    found: list[tuple[int, int]] = []
    for number, window in enumerate(document.get("windows") or ()):
        start, end = _minutes(window["start"]), _minutes(window["end"])
        if start % STEP or end % STEP:
            _said_otherwise(
                findings,
                f"windows[{number}]",
                f"{window['start']}-{window['end']}",
                f"does not begin and end on {STEP} minutes, as Zendesk wants",
                "round the window, or expect Zendesk to refuse it",
            )
        first = (window["weekday"] + 1) % 7 * DAY
        if end > start:
            found.append((first + start, first + end))
            continue
        found.append((first + start, first + DAY))  # an interval cannot cross midnight
        if end:
            following = (first + DAY) % WEEK
            found.append((following, following + end))
    for start, end in sorted(found):
        yield {"start_time": start, "end_time": end}


def _holidays(
    document: Mapping[str, Any], horizon: Horizon, findings: Findings
) -> Iterator[dict[str, str]]:
    names: dict[date, str] = {}
    for number, holiday in enumerate(document.get("holidays") or ()):
        path = f"holidays[{number}]"
        if (holiday.get("from") or "00:00", holiday.get("to") or "24:00") != ("00:00", "24:00"):
            _left_out(
                findings,
                path,
                f"{holiday['date']} {holiday.get('name', '')}",
                "is left out: Zendesk knows no holidays of some hours",
                "change the schedule in Zendesk for that day",
            )
            continue
        on = date.fromisoformat(holiday["date"])
        yearly = holiday.get("recurrence") == "yearly"
        if yearly:
            _said_otherwise(
                findings,
                path,
                f"{holiday['date']} {holiday.get('name', '')}",
                f"becomes dates from {horizon.first_year} to {horizon.last_year}: "
                "Zendesk knows no yearly holidays",
                "export again before they end",
            )
        for day in _in_every_year(on, horizon) if yearly else (on,):
            names.setdefault(day, holiday.get("name") or "Holiday")
    first: date | None = None
    for day in sorted(names):
        first = day if first is None else first
        following = day + _DAY if day < date.max else day
        if names.get(following) == names[day] and following != day:
            continue
        yield {"name": names[day], "start_date": first.isoformat(), "end_date": day.isoformat()}
        first = None


def _in_every_year(on: date, horizon: Horizon) -> Iterator[date]:
    for year in range(horizon.first_year, horizon.last_year + 1):
        try:
            yield on.replace(year=year)
        except ValueError:  # 29 February
            continue


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _left_out(findings: Findings, field: str, value: object, message: str, remedy: str) -> None:
    findings.left(Place(), field, value, message, remedy, "export.zendesk")


def _said_otherwise(
    findings: Findings, field: str, value: object, message: str, remedy: str
) -> None:
    findings.noted(Place(), field, value, message, remedy, "export.zendesk")
