"""What the oracle says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

LOST, TWICE, EARLY, UNEXPLAINED = "lost", "twice", "early", "unexplained"
KINDS = (LOST, TWICE, EARLY, UNEXPLAINED)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Finding(NamedTuple):
    """Something that must not be.

    Attributes:
        kind: `lost`, `twice`, `early` or `unexplained`.
        where: which promise: `facts`, `announcements`, `history`, `bus`, `escalations` ...
    """

    kind: str
    where: str
    tenant: str
    text: str


def us(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - EPOCH) // timedelta(microseconds=1)


def differences(wanted: set[int], found: Counter[int], where: str, text: str) -> Iterator[Finding]:
    """Numbers that are not there just once although they are wanted, or there although not."""
    for number in sorted({*wanted, *found}):
        count = found[number]
        if count != int(number in wanted):
            kind = TWICE if count > 1 else LOST if number in wanted else UNEXPLAINED
            yield Finding(kind, where, "-", f"{text.format(number)} {count} times")
