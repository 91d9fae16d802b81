"""Roles and KPIs without effect; calendars out of use, or whose holidays run out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from sla_service.domain.checks.check import Check, Hit, Subject

__all__ = ["CALENDAR_CHECKS", "ROLE_CHECKS"]

_SOON: Final = timedelta(days=180)


def _kpi_without_metric(subject: Subject) -> Iterator[Hit]:
    for name, role in subject.agreement.roles.items():
        for index, kpi in enumerate(role.kpis):
            if kpi.metric not in subject.agreement.metrics:
                yield (
                    f"roles.{name}.kpis[{index}].metric",
                    kpi.metric,
                    "no target has this metric, so there is nothing to measure",
                )
            elif subject.agreement.target_for(kpi.metric, kpi.priority) is None and kpi.priority:
                yield (
                    f"roles.{name}.kpis[{index}].priority",
                    kpi.priority,
                    f"no target of {kpi.metric} is for this priority",
                )


def _role_without_recipients(subject: Subject) -> Iterator[Hit]:
    for name, role in subject.agreement.roles.items():
        if not role.recipients:
            yield f"roles.{name}.recipients", [], "nobody has this role"


def _holidays_end(subject: Subject) -> Iterator[Hit]:
    for name, calendar in subject.calendars.items():
        last = _last_known(calendar.document)
        if last is not None and last < subject.at.date() + _SOON:
            yield (
                f"calendars.{name}",
                last.isoformat(),
                f"its holidays are known up to {last.isoformat()} only",
            )


def _retired(subject: Subject) -> Iterator[Hit]:
    for name, calendar in subject.calendars.items():
        if calendar.retired:
            which = f"{calendar.calendar_id} version {calendar.version}"
            yield f"calendars.{name}", which, "this version of the calendar went out of use"


def _last_known(document: Mapping[str, Any]) -> date | None:
    """The day up to which single holidays are listed; None where there are none that end."""
    horizon = document.get("horizon")
    if isinstance(horizon, Mapping) and isinstance(horizon.get("last_year"), int):
        return date(horizon["last_year"], 12, 31)
    single = [
        date.fromisoformat(one["date"])
        for one in document.get("holidays", ())
        if one.get("recurrence") != "yearly"
    ]
    return date(max(single).year, 12, 31) if single else None


ROLE_CHECKS: Final = (
    Check(
        "sla.kpi-without-metric",
        "error",
        "A KPI is to measure what no target promises.",
        '"kpis": [{"metric": "next_reply"}] without a target of next_reply',
        "add a target for the KPI's metric and priority, or remove the KPI",
        ("roles", "targets"),
        _kpi_without_metric,
    ),
    Check(
        "sla.role-without-recipients",
        "warning",
        "Nobody has the role, so nobody can be told or asked.",
        '"roles": {"manager": {"kpis": [...]}}',
        "add recipients to the role",
        ("roles",),
        _role_without_recipients,
    ),
)

CALENDAR_CHECKS: Final = (
    Check(
        "sla.calendar-retired",
        "error",
        "The file names a version of a calendar that was taken out of use. What was published with"
        " it before stays as it is.",
        '"calendars": {"office": {"calendar_id": "uk-support", "version": 1}} after version 1 was'
        " retired",
        "name a version of the calendar that is in use",
        ("calendars",),
        _retired,
    ),
    Check(
        "sla.calendar-holidays-end",
        "warning",
        "The calendar lists single holidays, and the years that they cover end within half a"
        " year: deadlines after that ignore holidays.",
        'a calendar whose last holiday is "2026-12-28", published in October 2026',
        "add the coming years' holidays, or name a later version of the calendar",
        ("calendars",),
        _holidays_end,
    ),
)
