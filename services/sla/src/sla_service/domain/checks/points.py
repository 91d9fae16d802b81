"""Thresholds that say nothing, and clocks that cannot work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sla_service.domain.agreement import CATEGORIES_THAT_PAUSE, Target
from sla_service.domain.checks.check import OPENINGS, Check, Hit, Subject
from sla_service.domain.metric import point_of

__all__ = ["CLOCK_CHECKS", "THRESHOLD_CHECKS"]


def _announced(subject: Subject) -> Iterator[tuple[str, str, str, Target]]:
    """Path, metric, threshold and target of every point that a clock may announce."""
    agreement = subject.agreement
    by_metric = isinstance(agreement.thresholds, Mapping)
    for target in agreement.targets:
        for index, threshold in enumerate(agreement.announced(target.metric)):
            path = f"thresholds.{target.metric}[{index}]" if by_metric else f"thresholds[{index}]"
            yield path, target.metric, threshold, target


def _before_start(subject: Subject) -> Iterator[Hit]:
    seen = set()
    for path, metric, threshold, target in _announced(subject):
        if point_of(threshold, target.minutes) <= 0 and path not in seen:
            seen.add(path)
            yield (
                path,
                threshold,
                (
                    f"a {metric} of {target.minutes} min begins at or after this point, so it is"
                    " announced as soon as the ticket is opened"
                ),
            )


def _unreachable(subject: Subject) -> Iterator[Hit]:
    seen = set()
    for path, metric, threshold, target in _announced(subject):
        point = int(point_of(threshold, target.minutes))
        if point <= target.minutes or path in seen:
            continue
        if not subject.fits_a_year(target.calendar, point):
            seen.add(path)
            yield (
                path,
                threshold,
                (
                    f"for a {metric} of {target.minutes} min ({target.calendar}) this point lies"
                    " more than a year away"
                ),
            )


def _too_fine(subject: Subject) -> Iterator[Hit]:
    farthest: dict[int, tuple[int, str]] = {}
    targets = subject.agreement.targets
    for index, target in enumerate(targets):
        farthest[index] = target.minutes, "due"
        for threshold in subject.agreement.announced(target.metric):
            point = int(point_of(threshold, target.minutes))
            farthest[index] = max(farthest[index], (point, threshold))
    for index, (minutes, which) in farthest.items():
        target = targets[index]
        openings = subject.openings(target.calendar, minutes)
        if openings > OPENINGS:
            yield (
                f"targets[{index}]",
                target.minutes,
                (
                    f"about {openings} opening hours of {target.calendar} lie between a ticket and"
                    f" its {which}, {minutes} business minutes later; {OPENINGS} may"
                ),
            )


def _same_point(subject: Subject) -> Iterator[Hit]:
    seen = set()
    points: dict[tuple[Target, float], str] = {}
    for path, metric, threshold, target in _announced(subject):
        other = points.setdefault((target, point_of(threshold, target.minutes)), threshold)
        if other != threshold and path not in seen:
            seen.add(path)
            yield (
                path,
                threshold,
                f"for a {metric} of {target.minutes} min this is the same point as {other}",
            )


def _without_target(subject: Subject) -> Iterator[Hit]:
    agreement = subject.agreement
    named: Mapping[str, Mapping[str, object]] = {
        "metrics": agreement.courses,
        "thresholds": agreement.thresholds if isinstance(agreement.thresholds, Mapping) else {},
    }
    for key, found in named.items():
        for metric in found:
            if metric not in agreement.metrics:
                yield f"{key}.{metric}", metric, "no target has this metric"


def _hidden(subject: Subject) -> Iterator[Hit]:
    agreement = subject.agreement
    for metric in agreement.metrics:
        paused = agreement.pause.get(metric, ())
        if set(paused) == set(CATEGORIES_THAT_PAUSE):
            yield (
                f"pause.{metric}",
                list(paused),
                (
                    f"every kind of waiting stops {metric}: whoever puts tickets on hold hides"
                    " every breach of it"
                ),
            )


def _ends_as_it_starts(subject: Subject) -> Iterator[Hit]:
    agreement = subject.agreement
    for metric in agreement.metrics:
        course = agreement.course(metric)
        both = set(course.starts) & set(course.fulfils)
        if both and metric != "periodic_update":
            yield (
                f"metrics.{metric}",
                course.document(),
                f"what begins a {metric} fulfils it as well: {', '.join(sorted(both))}",
            )


def _never_solved(subject: Subject) -> Iterator[Hit]:
    agreement = subject.agreement
    for metric in agreement.metrics:
        course = agreement.course(metric)
        if "resolved" not in course.fulfils:
            yield (
                f"metrics.{metric}.fulfils",
                list(course.fulfils),
                (
                    f"resolving a ticket does not end its {metric}, which then breaches on a ticket"
                    " that is done"
                ),
            )


def _resumes(subject: Subject) -> Iterator[Hit]:
    agreement = subject.agreement
    for metric in agreement.metrics:
        if agreement.reopen.get(metric) == "resume" and "opened" not in (
            agreement.course(metric).starts
        ):
            yield (
                f"reopen.{metric}",
                "resume",
                f"a {metric} begins anew with each message, so an ended one cannot go on",
            )


def _response_resumes(subject: Subject) -> Iterator[Hit]:
    agreement = subject.agreement
    if "first_response" in agreement.metrics and agreement.reopen["first_response"] == "resume":
        yield (
            "reopen.first_response",
            "resume",
            "a first response that was given is asked for again when the ticket is reopened",
        )


THRESHOLD_CHECKS: Final = (
    Check(
        "sla.threshold-before-start",
        "warning",
        "The point lies before the clock begins, so it is announced at once and warns nobody.",
        '"before_due:60" beside a target of 30 minutes',
        "use percent:N, or thresholds of each metric",
        ("targets", "thresholds"),
        _before_start,
    ),
    Check(
        "sla.threshold-unreachable",
        "warning",
        "The point lies more than a year after the ticket is opened: no open ticket gets there.",
        '"percent:9999" of 2400 minutes of office hours',
        "name a nearer point, or remove it",
        ("targets", "thresholds", "calendars"),
        _unreachable,
    ),
    Check(
        "sla.calendar-too-fine",
        "error",
        "So many opening hours lie before a deadline that whoever computes it would need all"
        " memory: windows of minutes, and points of decades.",
        "5,256,000 minutes of a calendar that opens for a minute 600 times a week",
        "join windows that touch, make them longer, or name a nearer point",
        ("targets", "thresholds", "calendars"),
        _too_fine,
    ),
    Check(
        "sla.threshold-same-point",
        "warning",
        "Two thresholds lie at one point of a target, so people are told twice at once.",
        '"percent:50" and "before_due:60" beside a target of 120 minutes',
        "keep one of them, or write thresholds of each metric",
        ("targets", "thresholds"),
        _same_point,
    ),
    Check(
        "sla.metric-without-target",
        "warning",
        "Something is said of a metric that no target promises, so it has no effect.",
        '"thresholds": {"next_reply": [...]} without a target of next_reply',
        "add a target of the metric, or remove what is said of it",
        ("targets", "thresholds", "metrics"),
        _without_target,
    ),
)

CLOCK_CHECKS: Final = (
    Check(
        "sla.pause-hides-breach",
        "warning",
        "Every kind of waiting stops the clock, those that we decide about ourselves among them,"
        " so any breach can be hidden by a status.",
        '"pause": {"resolution": ["waiting_on_customer", "waiting_on_third_party", "on_hold"]}',
        "let at least on_hold run on",
        ("targets", "pause"),
        _hidden,
    ),
    Check(
        "sla.clock-ends-as-it-starts",
        "error",
        "What begins the clock fulfils it too, so every cycle is met at once.",
        '"metrics": {"next_reply": {"starts": ["agent_reply"]}}',
        "let different moments begin and fulfil it",
        ("targets", "metrics"),
        _ends_as_it_starts,
    ),
    Check(
        "sla.clock-outlives-ticket",
        "warning",
        "Resolving the ticket does not end the clock, so it breaches on tickets that are done.",
        '"metrics": {"resolution": {"fulfils": ["agent_reply"]}}',
        "add resolved to what fulfils it",
        ("targets", "metrics"),
        _never_solved,
    ),
    Check(
        "sla.reopen-cannot-resume",
        "error",
        "The metric's cycles begin with messages, not with the ticket: there is nothing to resume.",
        '"reopen": {"next_reply": "resume"}',
        "write restart or keep",
        ("targets", "metrics", "reopen"),
        _resumes,
    ),
    Check(
        "sla.reopen-response",
        "warning",
        "Customers were answered already; the clock asks for a second first response.",
        '"reopen": {"first_response": "resume"}',
        "write keep, and promise next_reply for later answers",
        ("targets", "reopen"),
        _response_resumes,
    ),
)
