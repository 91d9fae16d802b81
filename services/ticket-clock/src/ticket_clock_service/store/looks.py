"""`Look` on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

import orjson

from slaclock.store import Pool, ask, load_queries
from slaclock.tenancy import tenant as checked
from ticket_clock_service.domain.agreement import Metric
from ticket_clock_service.domain.ledger import Announcement, Key, Ledger
from ticket_clock_service.store.work import FLAGS
from ticket_clock_service.usecases.looking import Seen

__all__ = ["PgLook"]

SQL = load_queries("ticket_clock_service.store", "looks.sql")
NOTHING_TOLD = Ledger()


class PgLook:
    """Looks at tickets.

    Args:
        pool: answers a pool for nothing but this: many readers must not keep facts waiting.
    """

    def __init__(self, pool: Callable[[], Pool]) -> None:
        self._pool = pool

    async def __call__(self, tenant: str, ticket_id: str) -> Seen | None:
        """See `Look`.

        Raises:
            Unavailable: the pool is not there yet.
            MalformedTenant: a name that would let others in.
        """
        row = await ask(self._pool(), SQL["look_at_ticket"], checked(tenant), ticket_id)
        if row is None:
            return None
        at, terms_revision, revision, state, fault, told = row
        return Seen(
            at=at.astimezone(UTC),
            terms_revision=terms_revision,
            revision=revision,
            state=state,
            fault=fault,
            ledger=NOTHING_TOLD if told is None else _ledger(orjson.loads(told)),
        )


def _ledger(told: list[Any]) -> Ledger:
    return Ledger.of(_announcement(*one) for one in told)


def _announcement(  # noqa: PLR0913, PLR0917  the columns of a row
    metric: str,
    cycle: str,
    agreement: str,
    priority: str | None,
    threshold: str,
    n: int,
    crossed_at: int,
    flags: Mapping[str, bool],
    noticed_at: int,
    retracted_at: int | None,
) -> Announcement:
    return Announcement(
        key=Key(Metric(metric), cycle, agreement, priority, threshold),
        n=n,
        crossed_at=crossed_at,
        noticed_at=noticed_at,
        retracted_at=retracted_at,
        **{flag: True for flag in FLAGS if flags.get(flag)},
    )
