"""KPIs: which share of the cycles that a role answers for was met, against what it should be.

A role answers for cycles that count to the people and groups among its recipients; one that names
neither answers for all cycles of its agreement. What a KPI is stands in the agreement's version
that the cycle is bound to, so another version changes no figure of cycles bound before.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from dashboard_service.domain.clock import Metric


class Span(StrEnum):
    """How long a KPI is measured before it begins anew."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    def around(self, day: date) -> tuple[date, date]:
        """First and last day of the one that holds *day*."""
        months = _MONTHS[self]
        first = (day.month - 1) // months * months + 1
        last = first + months - 1
        return date(day.year, first, 1), date(day.year, last, monthrange(day.year, last)[1])


_MONTHS: Final = {Span.MONTH: 1, Span.QUARTER: 3, Span.YEAR: 12}


class Verdict(StrEnum):
    """Whether a KPI is what it should be."""

    KEPT = "kept"
    MISSED = "missed"
    NO_DATA = "no_data"


class Standing(StrEnum):
    """What a cycle is to a KPI; only the first two are in the fraction."""

    MET = "met"
    BREACHED = "breached"
    PENDING = "pending"
    CANCELLED = "cancelled"
    UNATTRIBUTED = "unattributed"


class By(StrEnum):
    """Whether a KPI is one line, or one for each person."""

    ROLE = "role"
    TECHNICIAN = "technician"


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI as one version of an agreement holds it.

    Attributes:
        agreement: hash of the version.
        name: of the agreement.
        kpi_id: within the agreement; the same in every version that has it.
        priority: None for cycles of every priority.
        target: percent, two decimals.
        persons, groups: whose cycles; all cycles of the agreement where both are empty.
        outdated: there is a newer version of the agreement, with or without this KPI.
    """

    tenant: str
    agreement: str
    kpi_id: str
    sla_id: str
    version: int
    name: str
    role: str
    metric: Metric
    priority: str | None
    target: Decimal
    span: Span
    persons: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    outdated: bool = False

    @property
    def line(self) -> tuple[str, str, Decimal]:
        """Versions that agree in these are one figure."""
        return self.sla_id, self.kpi_id, self.target


@dataclass(frozen=True, slots=True)
class Score:
    """Cycles by what they are to a KPI.

    Attributes:
        unattributed: decided, but nobody is known who had the ticket then.
    """

    met: int = 0
    breached: int = 0
    pending: int = 0
    cancelled: int = 0
    unattributed: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(
            self.met + other.met,
            self.breached + other.breached,
            self.pending + other.pending,
            self.cancelled + other.cancelled,
            self.unattributed + other.unattributed,
        )

    @property
    def judged(self) -> int:
        """The denominator."""
        return self.met + self.breached

    @property
    def compliance(self) -> float | None:
        """Met of those judged; None where nothing is judged, which is not the same as all met."""
        return self.met / self.judged if self.judged else None

    def verdict(self, target: Decimal) -> Verdict:
        """Exactly: without rounding on either side."""
        if not self.judged:
            return Verdict.NO_DATA
        return Verdict.KEPT if self.met * 100 >= target * self.judged else Verdict.MISSED


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: a KPI in all versions that hold it alike, in a period.

    Attributes:
        kpi: as the newest of these versions holds it.
        versions: ascending.
        first, last: days of due instants, both included; None is open.
        technician: whose part of it; None for the whole, and for what counts to nobody.
    """

    kpi: Kpi
    versions: tuple[int, ...]
    first: date | None
    last: date | None
    technician: str | None
    score: Score

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Order of lines, and where a page goes on."""
        kpi = self.kpi
        return kpi.sla_id, kpi.kpi_id, f"{kpi.target:06.2f}", self.technician or ""

    @property
    def verdict(self) -> Verdict:
        """Whether the target is reached."""
        return self.score.verdict(self.kpi.target)

    @property
    def definition(self) -> str:
        """What is counted, in one sentence."""
        kpi = self.kpi
        versions = ", ".join(map(str, self.versions))
        priority = "of every priority" if kpi.priority is None else f"of priority {kpi.priority}"
        return (
            f"Share of {_METRICS[kpi.metric]} that were met, {priority}, under {kpi.name} "
            f"(version {versions}), {_whose(kpi)}; at least {kpi.target} % each {kpi.span}."
        )


_METRICS: Final = {
    Metric.FIRST_RESPONSE: "first responses",
    Metric.NEXT_REPLY: "replies",
    Metric.PERIODIC_UPDATE: "periodic updates",
    Metric.RESOLUTION: "resolutions",
}


def _whose(kpi: Kpi) -> str:
    if not kpi.persons and not kpi.groups:
        return f"all its tickets, because role {kpi.role} names no person and no group"
    named = [f"person {one}" for one in kpi.persons] + [f"group {one}" for one in kpi.groups]
    return f"decided while {_listed(named)} of role {kpi.role} had the ticket"


def _listed(words: Sequence[str], most: int = 5) -> str:
    if len(words) > most:
        return f"{', '.join(words[:most])} or one of {len(words) - most} more"
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


Counted = Mapping[tuple[str, str, str | None], Score]
"""Scores by (hash of the agreement, KPI, technician)."""


def lines(
    kpis: Iterable[Kpi], counted: Counted, first: date | None, last: date | None, by: By
) -> list[Line]:
    """The figures of *kpis*, in their order.

    The newest version of each agreement has a line for each of its KPIs, data or not; earlier ones
    where they have data.
    """
    held: dict[tuple[str, str, Decimal], list[Kpi]] = {}
    for kpi in kpis:
        held.setdefault(kpi.line, []).append(kpi)
    scores: dict[tuple[str, str], dict[str | None, Score]] = {}
    for (agreement, kpi_id, technician), score in counted.items():
        of_kpi = scores.setdefault((agreement, kpi_id), {})
        of_kpi[technician] = of_kpi.get(technician, Score()) + score
    found = []
    for alike in held.values():
        ordered = sorted(alike, key=lambda kpi: kpi.version)
        total: dict[str | None, Score] = {}
        for kpi in ordered:
            for technician, score in scores.get((kpi.agreement, kpi.kpi_id), {}).items():
                total[technician] = total.get(technician, Score()) + score
        latest = ordered[-1]
        if not total and by is By.ROLE and not latest.outdated:
            total[None] = Score()
        versions = tuple(sorted({kpi.version for kpi in ordered}))
        found += [
            Line(latest, versions, first, last, technician, score)
            for technician, score in total.items()
        ]
    return sorted(found, key=lambda line: line.place)


def read_kpis(
    tenant: str, content_hash: str, sla_id: str, version: int, snapshot: Mapping[str, Any]
) -> tuple[Kpi, ...]:
    """The KPIs in the snapshot of `sla.agreement.published`; none where it has no roles.

    Raises:
        KeyError, TypeError, ValueError, ArithmeticError: they are not what a snapshot holds.
    """
    roles = snapshot.get("roles", {})
    found = []
    for template in snapshot.get("kpi_templates", ()):
        persons, groups = _named(roles, template["role"])
        found.append(
            Kpi(
                tenant=tenant,
                agreement=content_hash,
                kpi_id=template["kpi_id"],
                sla_id=sla_id,
                version=version,
                name=str(snapshot.get("name") or sla_id),
                role=template["role"],
                metric=Metric(template["metric"]),
                priority=template["priority"],
                target=Decimal(template["target"]),
                span=Span(template["period"]),
                persons=persons,
                groups=groups,
            )
        )
    return tuple(found)


def _named(roles: Mapping[str, Any], role: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """People and groups among the recipients of *role*, and of the roles among them."""
    persons: set[str] = set()
    groups: set[str] = set()
    seen, waiting = set[str](), [role]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for recipient in roles.get(name, {}).get("recipients", ()):
            if "person" in recipient:
                persons.add(recipient["person"])
            elif "group" in recipient:
                groups.add(recipient["group"])
            elif "role" in recipient:
                waiting.append(recipient["role"])
    return tuple(sorted(persons)), tuple(sorted(groups))
