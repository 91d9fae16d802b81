"""The activity: a wake-up goes straight into the database, and the answer says when to come again.

What only takes time (the database is away, facts are still being processed) is waited for here and
not in the workflow: attempts of an activity leave nothing in a history.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from slaclock.contracts.instants import rfc3339
from slaclock.service import Unavailable
from slaclock.store import OUTAGES
from ticket_clock_service.handlers.temporal.wire import WAKE, Answer, Wake
from ticket_clock_service.timer_ports import Woken

__all__ = ["wake_activity"]

log = structlog.get_logger(__name__)

WAITS: Final[tuple[type[Exception], ...]] = (*OUTAGES, Unavailable)
"""What passes by waiting."""

HELD: Final = timedelta(seconds=1)
"""Before the next attempt, where facts that may change the verdict are still being processed."""

BEHIND: Final = timedelta(seconds=5)
"""Before the next attempt, where the row is older than what the workflow was told."""

ATTEMPTS_BEHIND: Final = 4
"""Then the row is right: the database was restored, and will not come back to where it was."""


def wake_activity(
    wake: Callable[[str, str, int], Awaitable[Woken]],
) -> Callable[[Wake], Awaitable[Answer]]:
    """The activity that calls *wake* with tenant, ticket and revision."""

    @activity.defn(name=WAKE)
    async def run(asked: Wake) -> Answer:
        try:
            woken = await wake(asked.tenant, asked.ticket_id, asked.revision)
        except WAITS as outage:
            raise _later(str(outage) or type(outage).__name__, "outage") from outage
        except Exception:
            log.exception("wake_up_failed", tenant=asked.tenant, ticket=asked.ticket_id)
            raise
        if woken.result == "held":
            raise _later("facts are being processed", "held", HELD)
        if woken.result == "behind" and activity.info().attempt <= ATTEMPTS_BEHIND:
            raise _later("the row is older than the alarm", "behind", BEHIND)
        due = woken.next_due_at
        return Answer(
            revision=woken.revision,
            next_due_at=None if due is None else rfc3339(due),
            closed=woken.closed,
            result=woken.result,
        )

    return run


def _later(message: str, kind: str, delay: timedelta | None = None) -> ApplicationError:
    """Another attempt, after *delay* or ever longer ones; nobody needs to be told."""
    return ApplicationError(
        message, type=kind, next_retry_delay=delay, category=ApplicationErrorCategory.BENIGN
    )
