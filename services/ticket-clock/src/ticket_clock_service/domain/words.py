"""What happened to a clock, in a sentence: the feed and the audit say it alike."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["metric_name", "sentence"]

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
