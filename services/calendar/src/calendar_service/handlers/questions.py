"""Business time asked on the bus: the same request and the same answer as over HTTP."""

from __future__ import annotations

from calendar_service.usecases.answering import Answering
from slaclock.contracts.business_time import BusinessTimeIn
from slaclock.http.body import check_depth, check_json
from slaclock.messaging.asking import Answer

__all__ = ["business_time"]


def business_time(answering: Answering) -> Answer:
    """What answers `ask.calendar.business-time.v1.<tenant>`."""

    async def answer(tenant: str, body: bytes) -> bytes:
        check_depth(body)
        check_json(body)
        return await answering.answer(tenant, BusinessTimeIn.model_validate_json(body))

    return answer
