"""Targets that contradict one another, reach too far, or are missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sla_service.domain.agreement import Target
from sla_service.domain.checks.check import Check, Hit, Subject, in_words
from slaclock.business_time.instants import from_us
from slaclock.contracts.instants import rfc3339

__all__ = ["TARGET_CHECKS"]

_USUAL: Final = ("P1", "P2", "P3", "P4")


def _pairs(subject: Subject, metric: str) -> Iterator[tuple[int, Target, Target, str | None]]:
    """Each target of *metric* beside the resolution that the same tickets have, once."""
    agreement = subject.agreement
    seen = set()
    for priority in (*dict.fromkeys(one.priority for one in agreement.targets), None):
        target = agreement.target_for(metric, priority)
        resolution = agreement.target_for("resolution", priority)
        if target is None or resolution is None or (target, resolution) in seen:
            continue
        seen.add((target, resolution))
        yield agreement.targets.index(target), target, resolution, priority


def _later(subject: Subject, target: Target, resolution: Target) -> tuple[int, int, str | None]:
    """How many samples have *target* due after *resolution*, of how many, and the first."""
    if target.calendar == resolution.calendar:
        late = target.minutes > resolution.minutes
        return (1 if late else 0), 1, None
    starts = subject.samples()
    one = subject.dues(target.calendar, target.minutes)
    other = subject.dues(resolution.calendar, resolution.minutes)
    if one is None or other is None:
        return 0, 1, None
    found = [start for start, a, b in zip(starts, one, other, strict=True) if a > b]
    return len(found), len(starts), rfc3339(from_us(found[0])) if found else None


def _response_longer(subject: Subject) -> Iterator[Hit]:
    for index, target, resolution, priority in _pairs(subject, "first_response"):
        late, of, _ = _later(subject, target, resolution)
        if late == of:
            yield (
                f"targets[{index}].minutes",
                target.minutes,
                (
                    f"{in_words(priority)} must be resolved, {resolution.minutes} min"
                    f" ({resolution.calendar}), before they must be answered"
                ),
            )


def _response_sometimes_longer(subject: Subject) -> Iterator[Hit]:
    for index, target, resolution, priority in _pairs(subject, "first_response"):
        late, of, example = _later(subject, target, resolution)
        if 0 < late < of:
            yield (
                f"targets[{index}].minutes",
                target.minutes,
                (
                    f"{in_words(priority)} that are opened at some hours, {example} for one, must"
                    f" be resolved ({resolution.calendar}) before they must be answered"
                    f" ({target.calendar}): {late * 100 // of} % of a year"
                ),
            )


def _interval_longer(subject: Subject) -> Iterator[Hit]:
    for metric in ("next_reply", "periodic_update"):
        for index, target, resolution, priority in _pairs(subject, metric):
            late, of, _ = _later(subject, target, resolution)
            if late == of:
                yield (
                    f"targets[{index}].minutes",
                    target.minutes,
                    f"{in_words(priority)} must be resolved before a {metric} is ever due",
                )


def _beyond_horizon(subject: Subject) -> Iterator[Hit]:
    for index, target in enumerate(subject.agreement.targets):
        if not subject.fits_a_year(target.calendar, target.minutes):
            yield (
                f"targets[{index}].minutes",
                target.minutes,
                f"{target.minutes} business minutes of {target.calendar} take more than a year",
            )


def _missing_priorities(subject: Subject) -> Iterator[Hit]:
    agreement = subject.agreement
    named = [one.priority for one in agreement.targets if one.priority is not None]
    for metric in agreement.metrics:
        if agreement.target_for(metric, None) is not None:
            continue
        missing = [
            priority
            for priority in dict.fromkeys((*_USUAL, *named))
            if agreement.target_for(metric, priority) is None
        ]
        which = f"of {', '.join(missing)} and " if missing else ""
        yield (
            "targets",
            metric,
            f"{metric} has no fallback: tickets {which}without a priority have no clock of it",
        )


def _unused_calendar(subject: Subject) -> Iterator[Hit]:
    agreement = subject.agreement
    used = {target.calendar for target in agreement.targets}
    used |= {rule.delivery_calendar or "" for rule in agreement.escalations}
    for name in agreement.calendars:
        if name not in used:
            yield f"calendars.{name}", name, "no target and no rule uses this calendar"


TARGET_CHECKS: Final = (
    Check(
        "sla.response-longer-than-resolution",
        "error",
        "A ticket must always be resolved before it must be answered, so the response target"
        " never counts. Where calendars differ, a sample year is computed.",
        '{"metric": "first_response", "minutes": 480}, {"metric": "resolution", "minutes": 240}',
        "make the response shorter than the resolution, or put both on one calendar",
        ("targets", "calendars"),
        _response_longer,
    ),
    Check(
        "sla.response-sometimes-longer",
        "warning",
        "The two targets run on calendars of their own, and at some hours of the year the"
        " resolution is due before the response.",
        "response 60 min of office hours, resolution 240 min of 24x7: a ticket of Friday night",
        "put both targets of the priority on one calendar, or accept it",
        ("targets", "calendars"),
        _response_sometimes_longer,
    ),
    Check(
        "sla.interval-longer-than-resolution",
        "warning",
        "A reply or an update would be due only after the resolution, so its clock never counts.",
        '{"metric": "periodic_update", "minutes": 2880}, {"metric": "resolution", "minutes": 480}',
        "make the interval shorter than the resolution, or remove the target",
        ("targets", "calendars"),
        _interval_longer,
    ),
    Check(
        "sla.target-beyond-horizon",
        "warning",
        "The target takes longer than a year of elapsed time: hours of a 24x7 target are often"
        " put on a calendar with few windows by mistake.",
        "525,600 minutes of a calendar that is open on Mondays",
        "check the minutes and the calendar; targets count business minutes",
        ("targets", "calendars"),
        _beyond_horizon,
    ),
    Check(
        "sla.priority-missing",
        "warning",
        "Without a fallback, tickets without a priority, or with one that no target names, have"
        " no clock of this metric.",
        '{"metric": "resolution", "priority": "P1", "minutes": 240} alone',
        "add a target with priority null, or one for each of P1 to P4",
        ("targets",),
        _missing_priorities,
    ),
    Check(
        "sla.calendar-unused",
        "warning",
        "A calendar without use makes every snapshot larger, and is often a name misspelt.",
        'calendars {"office": ...} while every target says "24x7"',
        "use it in a target, or remove it",
        ("targets", "calendars", "escalations"),
        _unused_calendar,
    ),
)
