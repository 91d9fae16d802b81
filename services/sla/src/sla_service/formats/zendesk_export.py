"""Writes a version of an SLA as Zendesk takes policies, and says what it has no words for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sla_service.domain.agreement import ALWAYS_OPEN, CATEGORIES_THAT_PAUSE
from slaclock.foreign.findings import Finding, Findings, Place

__all__ = ["ForZendesk", "written_policy"]

_PRIORITIES: Final = ("urgent", "high", "normal", "low")
_ITIL: Final[Mapping[str, str]] = dict(zip(("p1", "p2", "p3", "p4"), _PRIORITIES, strict=True))
_CODE: Final = "export.zendesk"
_WITHOUT_WORDS: Final[Mapping[str, str]] = {
    "escalations": "write automations in Zendesk that act on hours until the next breach",
    "credits": "agree on them elsewhere",
    "roles": "agree on them elsewhere",
    "metrics": "compare what begins and fulfils each metric in Zendesk's metric settings",
    "agreement_type": "use a group SLA policy for an OLA",
}
"""Keys of a snapshot that no policy of Zendesk has, with what to do instead."""


@dataclass(frozen=True, slots=True)
class ForZendesk:
    """What to send to Zendesk.

    Attributes:
        policy: title, filter and metrics.
        findings: what could not be said, or not quite as it stands.
    """

    policy: Mapping[str, Any]
    findings: tuple[Finding, ...]


def written_policy(snapshot: Mapping[str, Any]) -> ForZendesk:
    """*snapshot*, of a published version, in Zendesk's words."""
    findings = Findings()
    metrics: dict[tuple[str, str], dict[str, Any]] = {}
    sources = {
        metric: _source(metric, snapshot["pause"].get(metric, ()), findings)
        for metric in dict.fromkeys(target["metric"] for target in snapshot["targets"])
    }
    numbered = list(enumerate(snapshot["targets"]))
    # targets of a priority before the fallback, which takes the priorities that are left
    for number, target in sorted(numbered, key=lambda one: one[1]["priority"] is None):
        source = sources[target["metric"]]
        for priority in _priorities(target, f"targets[{number}]", findings):
            if (priority, source) not in metrics:
                metrics[priority, source] = _metric(target, priority, source)
            elif target["priority"] is not None:
                _left(
                    findings,
                    f"targets[{number}].priority",
                    target["priority"],
                    f"is left out: {priority} has a target of {source} already",
                    "keep one of the two",
                )
    used = {target["calendar"] for target in snapshot["targets"]} - {ALWAYS_OPEN}
    if used:
        _noted(
            findings,
            "calendars",
            ", ".join(sorted(used)),
            "become business hours: Zendesk counts those of the ticket's one schedule",
            "export the calendars, too (slaclock calendar export --format zendesk)",
        )
    for key, remedy in _WITHOUT_WORDS.items():
        if snapshot.get(key):
            _left(findings, key, None, "are left out: Zendesk's policies have none", remedy)
    policy = {
        "title": snapshot["name"],
        "filter": {"all": [], "any": []},
        "policy_metrics": sorted(metrics.values(), key=_order),
    }
    _noted(
        findings,
        "filter",
        None,
        "is empty, so the policy takes every ticket: what an SLA applies to is no part of it here",
        "add the conditions of your assignments and contracts",
    )
    return ForZendesk(policy, tuple(findings.found))


def _source(metric: str, pause: Any, findings: Findings) -> str:
    """Zendesk's metric for one of ours and what pauses it."""
    stops = frozenset(pause)
    customer = frozenset({"waiting_on_customer"})
    exact: Mapping[tuple[str, frozenset[str]], str] = {
        ("first_response", frozenset()): "first_reply_time",
        ("next_reply", frozenset()): "next_reply_time",
        ("periodic_update", frozenset()): "periodic_update_time",
        ("periodic_update", customer): "pausable_update_time",
        ("resolution", frozenset()): "total_resolution_time",
    }
    near: Mapping[tuple[str, frozenset[str]], str] = {
        ("resolution", customer): "requester_wait_time",
        ("resolution", frozenset(CATEGORIES_THAT_PAUSE)): "agent_work_time",
    }
    usual = next(name for (one, _), name in exact.items() if one == metric)
    found = exact.get((metric, stops))
    if found is not None:
        return found
    name = near.get((metric, stops), usual)
    message = f"becomes {name}, which " + (
        "is measured by statuses" if name != usual else "these categories do not pause in Zendesk"
    )
    remedy = "compare when it stops in Zendesk"
    _noted(findings, f"pause.{metric}", ", ".join(sorted(stops)), message, remedy)
    return name


def _priorities(target: Mapping[str, Any], path: str, findings: Findings) -> Iterator[str]:
    """The priorities of Zendesk that a target is for."""
    priority = target["priority"]
    if priority is None:
        _noted(
            findings,
            f"{path}.priority",
            None,
            "is a fallback: it becomes targets of the priorities that have none of their own",
            "tickets without a priority have no target in Zendesk; give them one",
        )
        yield from _PRIORITIES
        return
    plain = priority.casefold()
    name = _ITIL.get(plain, plain)
    if name not in _PRIORITIES:
        _left(
            findings,
            f"{path}.priority",
            priority,
            "is left out: Zendesk knows urgent, high, normal and low only",
            "name the target's priority by one of them",
        )
        return
    if name != priority:
        _noted(
            findings, f"{path}.priority", priority, f"becomes {name}", "check that this is meant"
        )
    yield name


def _metric(target: Mapping[str, Any], priority: str, source: str) -> dict[str, Any]:
    return {
        "priority": priority,
        "metric": source,
        "target": target["minutes"],
        "target_in_seconds": target["minutes"] * 60,
        "business_hours": target["calendar"] != ALWAYS_OPEN,
    }


def _order(metric: Mapping[str, Any]) -> tuple[str, int]:
    return metric["metric"], _PRIORITIES.index(metric["priority"])


def _left(findings: Findings, field: str, value: object, message: str, remedy: str) -> None:
    findings.left(Place(), field, value, message, remedy, _CODE)


def _noted(findings: Findings, field: str, value: object, message: str, remedy: str) -> None:
    findings.noted(Place(), field, value, message, remedy, _CODE)
