"""An advisory as an event: its envelope follows from what it says."""

from __future__ import annotations

from datetime import datetime

from slaclock.contracts.advisory import AdvisoryRaised
from slaclock.contracts.envelope import Event

__all__ = ["advisory"]


def advisory(
    source: str, tenant: str, at: datetime, data: AdvisoryRaised, *, causation: str | None = None
) -> Event[AdvisoryRaised]:
    """The event that says *data*; its id and its subject are the id of the advisory.

    So an advisory whose id is derived from what happened is the same message when it is made again.

    Args:
        source: URI reference of who says so.
        tenant: whose operators should know.
        at: UTC instant at which it was found.
        data: what they should know.
        causation: id of the message that led to it.

    Raises:
        ValidationError: no event may have that id, *source* or *tenant*, or *at* is naive.
    """
    return Event[AdvisoryRaised](
        specversion="1.0",
        id=data.advisory_id,
        source=source,
        type="sla.advisory.raised",
        subject=data.advisory_id,
        time=at,
        tenant=tenant,
        causationid=causation,
        data=data,
    )
