"""What happened to a clock, in a sentence: the feed and the audit say it alike."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, assert_never

from ticket_clock_service.domain.fact import AnyFact, Author, Deleted, Opened, Replied, Updated

__all__ = ["escalation_sentence", "fact_sentence", "metric_name", "sentence"]

_SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "started": "started with {minutes} business minutes",
        "retargeted": "is measured against {minutes} business minutes",
        "paused": "paused",
        "resumed": "goes on",
        "met": "was met",
        "cancelled": "was cancelled",
        "breached": "was breached",
        "threshold_crossed": "crossed {threshold}",
    }
)
_OF_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {"ended": "ended late", "attributes": "has new particulars"}
)
_DEEDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "raised": "Escalation ordered because {what}, by {channel}",
        "delivered": "Escalation because {what} delivered by {channel}",
        "failed": "Escalation because {what} could not be delivered by {channel}",
        "acknowledged": "Escalation because {what} acknowledged",
        "withdrawn": "Escalation because {what} withdrawn",
    }
)
_BREACH: Final = "percent:100"


def sentence(
    metric: str, kind: str, reason: str | None, minutes: int, threshold: str | None
) -> str:
    """Such as `Resolution crossed percent:75`.

    Args:
        metric: of the clock.
        kind: last word of the CLOCK event's type.
        reason: the change's.
        minutes: of the target.
        threshold: where one is concerned.
    """
    if kind == "retracted":
        before = "been breached" if threshold == _BREACH else f"crossed {threshold}"
        said = f"had not {before}: what was reported since takes it back"
    elif kind == "retargeted" and threshold is not None:
        said = f"crossed {threshold} at another instant than was told"
    else:
        said = _OF_REASONS.get(reason or "", _SENTENCES[kind])
        said = said.format(minutes=minutes, threshold=threshold)
    return f"{metric_name(metric)} {said}"


def metric_name(metric: str) -> str:
    """`first_response` as people write it."""
    return metric.replace("_", " ").capitalize()


def fact_sentence(fact: AnyFact) -> str:
    """What was reported, such as `Ticket changed: priority P1, group none`."""
    match fact:
        case Opened(fields=fields):
            return f"Ticket opened: {_fields(fields)}"
        case Updated(changes=changes):
            return f"Ticket changed: {_fields(changes)}"
        case Replied(author=author, public=public):
            who = "An agent" if author is Author.AGENT else "The customer"
            return f"{who} replied" if public else f"{who} wrote a note"
        case Deleted(reason=reason):
            return f"Ticket {reason}"
        case _:
            assert_never(fact)


def escalation_sentence(kind: str, metric: str, threshold: str, channel: str) -> str:
    """What escalation did, such as `Escalation because resolution crossed percent:90 ...`."""
    crossed = "was breached" if threshold == _BREACH else f"crossed {threshold}"
    what = f"{metric.replace('_', ' ')} {crossed}"
    return _DEEDS[kind].format(what=what, channel=channel)


def _fields(fields: Mapping[str, str | None]) -> str:
    said = (
        f"{name.replace('_', ' ')} {'none' if new is None else new}" for name, new in fields.items()
    )
    return ", ".join(said) or "nothing that clocks take note of"
