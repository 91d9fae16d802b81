"""How bad a breach is: the platform says what its Python client would say of the same version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from slaclock.client.policy import policies_of
from ticket_clock_service.domain.agreement import Agreement, Metric

AT = datetime(2026, 3, 1, tzinfo=UTC)
PRIORITIES = st.sampled_from(["P1", "P2", "P3", "P4", "P5", None])
ROWS = st.dictionaries(
    st.tuples(st.sampled_from([metric.value for metric in Metric]), PRIORITIES),
    st.sampled_from([15, 30, 60, 120, 240, 480]),
    min_size=1,
)


@given(rows=ROWS, priority=PRIORITIES)
def test_both_rank_targets_alike(
    rows: dict[tuple[str, str | None], int], priority: str | None
) -> None:
    snapshot: dict[str, Any] = {
        "sla_id": "gold",
        "name": "Gold",
        "version": 1,
        "calendars": {},
        "calendar_snapshots": {},
        "targets": [
            {"metric": metric, "priority": of, "minutes": minutes, "calendar": "24x7"}
            for (metric, of), minutes in rows.items()
        ],
    }
    agreement = Agreement.from_snapshot("0" * 64, snapshot, lambda _: cast("Any", None))
    policies = policies_of(snapshot, hash_="0" * 64, created_at=AT, updated_at=AT)
    for metric in Metric:
        target = agreement.target(metric, priority)
        said = policies.severity(metric.value, priority)
        assert (target and target.severity.value) == (said and said.value)
