"""What was agreed: the targets, thresholds and rules of one published SLA version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slaclock.business_time.instants import LAST_US, from_us, out_of_range, to_us
from slaclock.business_time.trace import Part, Trace
from slaclock.terms import Category
from ticket_clock_service.domain.course import Course, Moment
from ticket_clock_service.domain.severity import Severity, severities

MINUTE: Final = 60_000_000
"""Microseconds in a minute."""

AROUND_THE_CLOCK: Final = "24x7"
"""The reserved calendar that is always open."""

BREACH: Final = "percent:100"
"""The threshold every clock has: to cross it is the breach."""

DEFAULT_THRESHOLDS: Final = ("percent:50", "percent:75", "percent:90", BREACH)


class Metric(StrEnum):
    """What a clock measures."""

    FIRST_RESPONSE = "first_response"
    NEXT_REPLY = "next_reply"
    PERIODIC_UPDATE = "periodic_update"
    RESOLUTION = "resolution"


COURSES: Final[Mapping[Metric, Course]] = MappingProxyType(
    {
        Metric.FIRST_RESPONSE: Course(
            begins=frozenset({Moment.OPENED}),
            ends=frozenset({Moment.ANSWERED, Moment.SOLVED}),
        ),
        Metric.NEXT_REPLY: Course(
            begins=frozenset({Moment.ASKED}),
            ends=frozenset({Moment.ANSWERED, Moment.SOLVED}),
        ),
        Metric.PERIODIC_UPDATE: Course(
            begins=frozenset({Moment.OPENED, Moment.ANSWERED}),
            ends=frozenset({Moment.ANSWERED, Moment.SOLVED}),
        ),
        Metric.RESOLUTION: Course(
            begins=frozenset({Moment.OPENED}),
            ends=frozenset({Moment.SOLVED}),
        ),
    }
)
"""What begins and fulfils each metric where an agreement does not say otherwise."""


class Reopen(StrEnum):
    """What a clock that has ended does when its ticket is worked on again."""

    RESUME = "resume"
    RESTART = "restart"
    KEEP = "keep"


class BusinessTime(Protocol):
    """The kernel, in microseconds; `slaclock.business_time.BusinessCalendar` fits."""

    def elapsed_us(self, start: int, end: int, /) -> int:
        """Business time between two instants."""

    def add_us(self, start: int, amount: int, /) -> int:
        """The instant at which *amount* of business time has passed since *start*."""

    def local_date(self, at: int, /) -> date:
        """The calendar's own date at an instant."""

    def offset_at(self, at: int, /) -> int:
        """Seconds by which the calendar's own wall clock is ahead of UTC at an instant."""

    def explain(self, start: datetime, end: datetime, /, *, limit: int | None = None) -> Trace:
        """How the business time between two instants comes about; at most *limit* parts of it."""

    def elapsed_many(self, starts: ArrayLike, ends: ArrayLike, /) -> NDArray[np.int64]:
        """`elapsed_us` of many spans."""

    def add_us_many(self, starts: ArrayLike, amounts: ArrayLike, /) -> NDArray[np.int64]:
        """`add_us` of many instants; raises if one of them does."""


class AllTime:
    """Business time of `24x7`: plain subtraction, as the kernel has it for such a calendar."""

    __slots__ = ()

    def elapsed_us(self, start: int, end: int, /) -> int:
        """All the time between two instants."""
        return end - start

    def add_us(self, start: int, amount: int, /) -> int:
        """The instant *amount* later.

        Raises:
            InstantOutOfRange: it lies outside 1970-2200.
        """
        if not 0 <= (reached := start + amount) <= LAST_US:
            raise out_of_range("result", reached)
        return reached

    def local_date(self, at: int, /) -> date:
        """The date in UTC."""
        return from_us(at).date()

    def offset_at(self, at: int, /) -> int:  # noqa: ARG002  the same at any instant
        """None: its wall clock is that of UTC."""
        return 0

    def explain(
        self,
        start: datetime,
        end: datetime,
        /,
        *,
        limit: int | None = None,  # noqa: ARG002  there is one part
    ) -> Trace:
        """All the time between two instants, in one part."""
        amount = to_us(end) - to_us(start)
        part = Part(start.date(), "00:00-24:00", "window", start, end, amount)
        return Trace(None, None, "UTC", start, end, amount, (part,) if amount else (), (), ())

    def elapsed_many(self, starts: ArrayLike, ends: ArrayLike, /) -> NDArray[np.int64]:
        """All the time of many spans."""
        return np.asarray(ends, np.int64) - np.asarray(starts, np.int64)

    def add_us_many(self, starts: ArrayLike, amounts: ArrayLike, /) -> NDArray[np.int64]:
        """Instants so much later.

        Raises:
            InstantOutOfRange: one of them lies outside 1970-2200.
        """
        reached = np.asarray(starts, np.int64) + np.asarray(amounts, np.int64)
        wrong = reached[(reached < 0) | (reached > LAST_US)]
        if wrong.size:
            raise out_of_range("result", int(wrong[0]))
        return reached


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar of an agreement: `name` is its snapshot's hash, or `24x7`.

    Attributes:
        calendar_id: what it is a version of; None for `24x7`, and where its snapshot does not say.
    """

    name: str
    timezone: str
    time: BusinessTime
    calendar_id: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A threshold of one target.

    Attributes:
        threshold: as written in the SLA: `percent:75`, `before_due:60`.
        rank: its place in business time, microseconds; below 0 where it lies before the start.
        amount: the business time after which it is reached; `rank`, but never below 0.
    """

    threshold: str
    rank: int
    amount: int


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the agreement: how much business time a metric has, for tickets of a priority.

    Attributes:
        priority: None for the fallback row.
        amount: microseconds of business time.
        calendar: whose business time.
        marks: its thresholds, nearest first; the breach is always among them.
        severity: how bad it is to miss it.
    """

    metric: Metric
    priority: str | None
    amount: int
    calendar: Calendar
    marks: tuple[Mark, ...]
    severity: Severity = Severity.MEDIUM


@dataclass(frozen=True, slots=True)
class Rules:
    """How a metric pauses and reopens."""

    pauses: frozenset[Category]
    reopen: Reopen


_REOPEN: Final = {
    Metric.FIRST_RESPONSE: Reopen.KEEP,
    Metric.NEXT_REPLY: Reopen.RESTART,
    Metric.PERIODIC_UPDATE: Reopen.RESTART,
    Metric.RESOLUTION: Reopen.RESUME,
}
_PAUSES: Final = frozenset({Category.WAITING_ON_CUSTOMER})


def default_rules(metric: Metric) -> Rules:
    """The rules of a clock whose agreement, if it has one, says nothing."""
    return Rules(pauses=_PAUSES, reopen=_REOPEN[metric])


@dataclass(frozen=True, slots=True)
class Agreement:
    """A published SLA version.

    Attributes:
        digest: hash of its snapshot.
        metrics: those that it has a target for.
        courses: what begins and fulfils the clocks of each metric.
        kind: `sla`, `ola` or `underpinning`.
        owner_group: of an OLA, whose time with a ticket it measures; None for any other agreement.
    """

    digest: str
    sla_id: str
    version: int
    targets: Mapping[tuple[Metric, str | None], Target]
    rules: Mapping[Metric, Rules]
    calendars: Mapping[str, Calendar]
    metrics: frozenset[Metric] = field(default_factory=frozenset)
    courses: Mapping[Metric, Course] = field(default_factory=lambda: COURSES)
    kind: str = "sla"
    owner_group: str | None = None

    def target(self, metric: Metric, priority: str | None) -> Target | None:
        """The row for *priority*, else the fallback row, else None."""
        return self.targets.get((metric, priority)) or self.targets.get((metric, None))

    @classmethod
    def from_snapshot(
        cls,
        digest: str,
        snapshot: Mapping[str, Any],
        calendar_of: Callable[[dict[str, Any]], BusinessTime],
    ) -> Agreement:
        """Read an SLA snapshot that the sla service has published (and so has validated).

        Args:
            digest: the snapshot's hash.
            snapshot: the SLA file with all defaults, `version` and `calendar_snapshots`.
            calendar_of: `BusinessCalendar.from_snapshot`; called once per calendar.

        Raises:
            Refusal: a calendar of it cannot be computed with.
            KeyError: a target names a calendar that the snapshot does not embed.
        """
        calendars = {AROUND_THE_CLOCK: Calendar(AROUND_THE_CLOCK, "UTC", AllTime())}
        names = {AROUND_THE_CLOCK: AROUND_THE_CLOCK}
        for name, reference in snapshot.get("calendars", {}).items():
            names[name] = reference["hash"]
        for name, body in snapshot.get("calendar_snapshots", {}).items():
            time, calendar_id = calendar_of(body), body.get("calendar_id")
            calendars[name] = Calendar(name, body["timezone"], time, calendar_id)
        targets = {}
        severity = _severities(snapshot["targets"])
        for row in snapshot["targets"]:
            metric = Metric(row["metric"])
            amount = int(row["minutes"]) * MINUTE
            targets[metric, row.get("priority")] = Target(
                metric=metric,
                priority=row.get("priority"),
                amount=amount,
                calendar=calendars[names[row["calendar"]]],
                marks=marks(_of_metric(snapshot.get("thresholds"), metric), amount),
                severity=severity[metric][amount],
            )
        metrics = frozenset(metric for metric, _ in targets)
        return cls(
            digest=digest,
            sla_id=snapshot["sla_id"],
            version=int(snapshot["version"]),
            targets=targets,
            rules={metric: _rules(snapshot, metric) for metric in Metric},
            calendars=calendars,
            metrics=metrics,
            courses=_courses(snapshot),
            kind=snapshot.get("agreement_type", "sla"),
            owner_group=snapshot["group"] if snapshot.get("agreement_type") == "ola" else None,
        )


def marks(thresholds: Iterable[str], target: int) -> tuple[Mark, ...]:
    """The thresholds of a *target* (microseconds), nearest first, the breach always among them."""
    ranks = {threshold: rank(threshold, target) for threshold in (*thresholds, BREACH)}
    ordered = sorted(ranks.items(), key=lambda item: (item[1], item[0]))
    return tuple(Mark(threshold, at, max(at, 0)) for threshold, at in ordered)


def rank(threshold: str, target: int) -> int:
    """How much business time lies before *threshold*, microseconds; may be below 0.

    `percent:` of the target, rounded up to the microsecond; `before_due:` and `after_due:` in
    minutes from it.

    Raises:
        ValueError: *threshold* is none of the three.
    """
    kind, _, text = threshold.partition(":")
    match kind:
        case "percent":
            return -(-target * int(text) // 100)
        case "before_due":
            return target - int(text) * MINUTE
        case "after_due":
            return target + int(text) * MINUTE
        case _:
            raise ValueError(f"no such threshold: {threshold!r}")


def _of_metric(thresholds: Any, metric: Metric) -> tuple[str, ...]:
    """Thresholds are one list for all metrics, or one per metric."""
    if isinstance(thresholds, Mapping):
        thresholds = thresholds.get(metric.value)
    return DEFAULT_THRESHOLDS if thresholds is None else tuple(thresholds)


def _severities(rows: Iterable[Mapping[str, Any]]) -> Mapping[Metric, Mapping[int, Severity]]:
    """The severity of each amount of each metric."""
    amounts: dict[Metric, set[int]] = {}
    for row in rows:
        amounts.setdefault(Metric(row["metric"]), set()).add(int(row["minutes"]) * MINUTE)
    return {metric: severities(found) for metric, found in amounts.items()}


def _courses(snapshot: Mapping[str, Any]) -> Mapping[Metric, Course]:
    stated = snapshot.get("metrics")
    if not stated:
        return COURSES
    return {
        metric: Course.of(stated[metric.value]) if metric.value in stated else course
        for metric, course in COURSES.items()
    }


def _rules(snapshot: Mapping[str, Any], metric: Metric) -> Rules:
    default = default_rules(metric)
    pauses = snapshot.get("pause", {}).get(metric.value)
    reopen = snapshot.get("reopen", {}).get(metric.value)
    return Rules(
        pauses=default.pauses if pauses is None else frozenset(map(Category, pauses)),
        reopen=default.reopen if reopen is None else Reopen(reopen),
    )
