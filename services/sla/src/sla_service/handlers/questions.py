"""Questions in: `ask.sla.seal`."""

from __future__ import annotations

from sla_service.ports import Begin, Desk
from sla_service.usecases.check import Rules
from sla_service.usecases.seal import seal
from sla_service.usecases.verify import Tampered
from slaclock.contracts.faults import shown
from slaclock.contracts.sealing import SealFinding, SlaSealIn, SlaSealOut
from slaclock.http.body import check_depth, check_json
from slaclock.messaging.asking import Answer

__all__ = ["seal_answer"]


def seal_answer(begin: Begin, desk: Desk, rules: Rules) -> Answer:
    """What answers `ask.sla.seal.v1.<tenant>`, each in a transaction of the asked tenant."""

    async def answer(tenant: str, body: bytes) -> bytes:
        check_depth(body)
        check_json(body)
        asked = SlaSealIn.model_validate_json(body)
        async with begin({tenant}) as work:
            found = await seal(work, desk, tenant, asked, rules)
        if isinstance(found, Tampered):
            raise found.refusal
        told = SlaSealOut(
            sla_id=found.sla_id,
            version=found.version,
            name=found.name,
            hash=found.hash,
            snapshot=dict(found.snapshot),
            findings=[
                SealFinding(
                    severity=one.severity,
                    code=one.code,
                    path=one.path,
                    value=shown(one.value),
                    message=one.message,
                    remedy=one.remedy,
                )
                for one in found.findings
            ],
        )
        return told.model_dump_json().encode()

    return answer
