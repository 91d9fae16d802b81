"""Questions on the bus: business time, as over HTTP, and what a calendar would be if published."""

from __future__ import annotations

from calendar_service.usecases.answering import Answering
from calendar_service.usecases.sealing import Sealing
from slaclock.contracts.business_time import BusinessTimeIn
from slaclock.contracts.faults import shown
from slaclock.contracts.sealing import CalendarSealIn, CalendarSealOut, SealFinding
from slaclock.http.body import check_depth, check_json
from slaclock.messaging.asking import Answer

__all__ = ["business_time", "seal_answer"]


def business_time(answering: Answering) -> Answer:
    """What answers `ask.calendar.business-time.v1.<tenant>`."""

    async def answer(tenant: str, body: bytes) -> bytes:
        check_depth(body)
        check_json(body)
        return await answering.answer(tenant, BusinessTimeIn.model_validate_json(body))

    return answer


def seal_answer(sealing: Sealing) -> Answer:
    """What answers `ask.calendar.seal.v1.<tenant>`."""

    async def answer(tenant: str, body: bytes) -> bytes:
        check_depth(body)
        check_json(body)
        found = await sealing.seal(tenant, CalendarSealIn.model_validate_json(body))
        told = CalendarSealOut(
            calendar_id=found.calendar_id,
            version=found.version,
            name=found.name,
            hash=found.hash,
            snapshot=dict(found.snapshot),
            findings=[
                SealFinding(
                    severity="warning",
                    code=one.code,
                    path=one.field,
                    value=shown(one.value),
                    message=one.message,
                    remedy=one.remedy,
                )
                for one in found.warnings
            ],
        )
        return told.model_dump_json().encode()

    return answer
