"""Somebody has seen an escalation."""

from __future__ import annotations

from uuid import UUID

from escalation_service.domain import news
from escalation_service.domain.escalation import State
from escalation_service.domain.news import News
from escalation_service.ports import Acknowledging
from slaclock.errors import Refusal


class UnknownEscalation(Refusal):
    """No escalation of this tenant has that id."""

    code = "escalation.unknown"
    status = 404


class NothingToAcknowledge(Refusal):
    """Nobody was told, or what was told no longer holds."""

    code = "escalation.nothing-to-acknowledge"
    status = 409


async def acknowledge(work: Acknowledging, escalation_id: UUID, by: str) -> None:
    """Write down that *by* has seen it; the first time counts, later ones change nothing.

    Raises:
        UnknownEscalation: there is none.
        NothingToAcknowledge: it is silent or withdrawn.
    """
    found = await work.lock_whole(escalation_id)
    if found is None:
        raise UnknownEscalation(f"no escalation {escalation_id}")
    escalation, acknowledged_at = found
    if acknowledged_at is not None:
        return
    if escalation.state in (State.SILENT, State.WITHDRAWN):
        raise NothingToAcknowledge(f"the escalation is {escalation.state}")
    at = await work.now()
    await work.acknowledge(escalation, at, by)
    await work.tell([News(news.Kind.ACKNOWLEDGED, escalation, at, by=by)])
