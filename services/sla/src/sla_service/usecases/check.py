"""What keeps an SLA file from being published, without publishing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sla_service.domain.file import InvalidAgreement, named_calendars, read_agreement
from sla_service.ports import Work
from sla_service.usecases.publish import Rules
from slaclock.errors import Fault

__all__ = ["faults_in", "misspelt"]

_SPELLING: Final = ("sla.field-unknown", "calendar.unknown-key")


async def faults_in(
    work: Work, tenant: str, sla_id: str, document: Mapping[str, Any], rules: Rules
) -> tuple[Fault, ...]:
    """Everything that is wrong with *document* as a version of *sla_id*; nothing if it may be."""
    known = await work.calendars(tenant, named_calendars(document))
    try:
        read_agreement(
            document,
            expected_id=sla_id,
            known=known.keys(),
            allowed_hosts=rules.allowed_hosts,
            files=rules.files,
        )
    except InvalidAgreement as invalid:
        return invalid.faults
    return ()


def misspelt(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Those of *faults* that no draft is kept with: keys that mean nothing."""
    return tuple(fault for fault in faults if fault.code in _SPELLING)
