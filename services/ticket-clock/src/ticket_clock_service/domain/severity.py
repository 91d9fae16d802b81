"""How bad it is to miss a target: by its rank among those of its agreement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How bad a breach is, or would be.

    The tightest target of a metric is CRITICAL, the second HIGH, the third MEDIUM, all others LOW;
    where there is only one, MEDIUM. Equal targets share a rank.
    """

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


_RANKS: Final = tuple(Severity)


def severities(amounts: Iterable[int]) -> Mapping[int, Severity]:
    """The severity of each of the *amounts* that an agreement gives to one metric."""
    ranked = sorted(set(amounts))
    if len(ranked) == 1:
        return {ranked[0]: Severity.MEDIUM}
    return {amount: _RANKS[min(rank, len(_RANKS) - 1)] for rank, amount in enumerate(ranked)}
