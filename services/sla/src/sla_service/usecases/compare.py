"""What changes from one version to another, or with the draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sla_service.domain.differences import Difference, differences
from sla_service.domain.file import InvalidAgreement
from sla_service.domain.finding import errors
from sla_service.domain.snapshot import assemble
from sla_service.ports import Work
from sla_service.usecases.check import Rules, examine

__all__ = ["Comparison", "compare_draft", "compare_versions"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions and what changes between them.

    Attributes:
        before: number of the version; None where there was none yet.
        after: number of the version; None for the draft.
    """

    before: int | None
    after: int | None
    differences: tuple[Difference, ...]


async def compare_versions(
    work: Work, tenant: str, sla_id: str, before: int, after: int
) -> Comparison | None:
    """What changes from *before* to *after*; None where one of them is not there."""
    one = await work.version(tenant, sla_id, before)
    other = await work.version(tenant, sla_id, after)
    if one is None or other is None:
        return None
    found = differences(await work.snapshot(one), await work.snapshot(other))
    return Comparison(before, after, tuple(found))


async def compare_draft(
    work: Work, tenant: str, sla_id: str, document: Mapping[str, Any], rules: Rules
) -> Comparison:
    """What publishing *document* would change from the newest version, retired or not.

    Raises:
        InvalidAgreement: it could not be published.
    """
    examined = await examine(work, tenant, sla_id, document, rules)
    if faults := errors(examined.findings):
        raise InvalidAgreement(faults)
    latest = await work.latest(tenant, sla_id)
    before = {} if latest is None else await work.snapshot(latest)
    after = assemble(
        examined.agreement, examined.calendars, version=1, effective_from=await work.now()
    )
    found = differences(before, after.document)
    return Comparison(None if latest is None else latest.version, None, tuple(found))
