"""What an SLA file would be if it were published now: sealed, judged, and not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from sla_service.domain.file import InvalidAgreement
from sla_service.domain.finding import Finding, errors
from sla_service.domain.snapshot import assemble
from sla_service.ports import Desk, Work
from sla_service.usecases.check import Rules, examine
from sla_service.usecases.verify import Tampered, read_pinned
from slaclock.contracts.sealing import SlaSealIn
from slaclock.http.missing import NotFound

__all__ = ["Sealed", "seal"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A snapshot, published or not.

    Attributes:
        version: of what is published; None for a file and a draft, whose snapshot has the number
            that it would get.
        findings: errors, which would keep it from being published, and warnings; none of what is
            published.
    """

    sla_id: str
    version: int | None
    hash: str
    snapshot: Mapping[str, Any]
    findings: tuple[Finding, ...] = ()

    @property
    def name(self) -> str:
        """What people call it."""
        name: str = self.snapshot["name"]
        return name


async def seal(
    work: Work, desk: Desk, tenant: str, asked: SlaSealIn, rules: Rules
) -> Sealed | Tampered:
    """The snapshot that *asked* names, or would be.

    `Tampered` where the kept bytes of a version are not what was published: raise its refusal
    once the alarm is committed.

    Raises:
        NotFound: there is no such draft, SLA or version.
        InvalidAgreement: the file cannot be read; lists everything that is wrong. What only the
            linter objects to stands in the findings.
    """
    if asked.sla is not None:
        return await _file(work, tenant, asked.sla, rules)
    sla_id = asked.sla_id or ""
    if asked.draft:
        draft = await work.draft(tenant, sla_id)
        if draft is None:
            raise NotFound("sla-draft", sla_id)
        return await _unpublished(work, tenant, sla_id, draft.document, rules)
    return await _version(work, desk, tenant, sla_id, asked.version)


async def _version(
    work: Work, desk: Desk, tenant: str, sla_id: str, number: int | None
) -> Sealed | Tampered:
    version = await work.version(tenant, sla_id, number)
    if version is None:
        raise NotFound("sla-version", sla_id if number is None else f"{sla_id} {number}")
    body = await read_pinned(work, desk, tenant, version.pin)
    if isinstance(body, Tampered):
        return body
    return Sealed(sla_id, version.version, version.hash, orjson.loads(body))


async def _file(work: Work, tenant: str, document: Mapping[str, Any], rules: Rules) -> Sealed:
    named = document.get("sla_id")
    sla_id = named if isinstance(named, str) else ""  # reading says that it is missing, and more
    return await _unpublished(work, tenant, sla_id, document, rules)


async def _unpublished(
    work: Work, tenant: str, sla_id: str, document: Mapping[str, Any], rules: Rules
) -> Sealed:
    examined = await examine(work, tenant, sla_id, document, rules)
    if not examined.readable:
        raise InvalidAgreement(errors(examined.findings))
    latest = await work.latest(tenant, sla_id)
    snapshot = assemble(
        examined.agreement,
        examined.calendars,
        version=1 if latest is None else latest.version + 1,
        effective_from=await work.now(),
    )
    return Sealed(sla_id, None, snapshot.hash, snapshot.document, examined.findings)
