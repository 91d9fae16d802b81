"""What the linter says of any SLA file, whether it will ever be published or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sla_service.domain.finding import Finding, errors
from sla_service.domain.snapshot import assemble
from sla_service.domain.version import SlaVersion
from sla_service.ports import Work
from sla_service.usecases.check import Examined, Rules, examine
from sla_service.usecases.events import published
from sla_service.usecases.publish import TooLarge, fitting

__all__ = ["lint_file"]


async def lint_file(
    work: Work, tenant: str, document: Mapping[str, Any], rules: Rules
) -> tuple[Finding, ...]:
    """Everything that would keep *document* from being published now, and every warning.

    Nothing is kept. The size of its message is judged where nothing else is wrong.
    """
    examined = await examine(work, tenant, None, document, rules)
    if errors(examined.findings):
        return examined.findings
    too_large = await _too_large(work, tenant, examined, rules)
    return (*too_large, *examined.findings)


async def _too_large(
    work: Work, tenant: str, examined: Examined, rules: Rules
) -> tuple[Finding, ...]:
    """The finding that publishing would refuse its snapshot with; none where it fits."""
    agreement, at = examined.agreement, await work.now()
    latest = await work.latest(tenant, agreement.sla_id)
    number = 1 if latest is None else latest.version + 1
    snapshot = assemble(agreement, examined.calendars, version=number, effective_from=at)
    version = SlaVersion(
        tenant=tenant,
        sla_id=agreement.sla_id,
        version=number,
        name=agreement.name,
        hash=snapshot.hash,
        content=snapshot.hash,
        effective_from=at,
        published_at=at,
        published_by="",
    )
    try:
        fitting(published(version, snapshot), rules, examined.calendars)
    except TooLarge as refusal:
        return tuple(Finding.of(fault) for fault in refusal.faults)
    return ()
