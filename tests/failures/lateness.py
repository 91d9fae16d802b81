"""How late things were. Told, never judged: faults take their time."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .evidence import Evidence
from .findings import us


class Lateness(NamedTuple):
    """Seconds."""

    of: int
    p50: float
    p99: float
    most: float

    @classmethod
    def measured(cls, seconds: Sequence[float]) -> Lateness:
        ordered = sorted(seconds)
        if not ordered:
            return cls(0, 0.0, 0.0, 0.0)
        last = len(ordered) - 1
        return cls(len(ordered), ordered[last // 2], ordered[last * 99 // 100], ordered[last])


def lateness(evidence: Evidence, began: int) -> Mapping[str, Lateness]:
    """From the instant of a threshold to its announcement, and to its escalation.

    Of thresholds that were crossed after the run began and stand; where what we knew of the ticket
    came later than the instant, from then on.
    """
    recorded: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in evidence.tables["facts"]:
        recorded[row["tenant_id"], row["ticket_id"]].append(us(row["recorded_at"]))
    for instants in recorded.values():
        instants.sort()
    since: dict[tuple[str, str], int] = {}
    announced = []
    for row in evidence.tables["ledger"]:
        if row["retracted_at"] is not None or row["crossed_us"] < began:
            continue
        at, instants = us(row["announced_at"]), recorded[row["tenant_id"], row["ticket_id"]]
        known = instants[bisect_right(instants, at) - 1]
        start = max(row["crossed_us"], known)
        since[row["tenant_id"], str(row["announcement_id"])] = start
        announced.append((at - start) / 1_000_000)
    raised = [
        (us(row["raised_at"]) - since[key]) / 1_000_000
        for row in evidence.tables["effects"]
        if (key := (row["tenant_id"], str(row["announcement_id"]))) in since
    ]
    return {"announced": Lateness.measured(announced), "escalated": Lateness.measured(raised)}
