"""What somebody should know of an SLA file before it is published."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sla_service.domain.agreement import Agreement, InlineCalendar, PublishedCalendar
from sla_service.domain.file import named_calendars, read_file
from sla_service.domain.finding import Finding
from sla_service.domain.linter import lint
from sla_service.domain.snapshot import SealedCalendar
from sla_service.domain.unheeded import unheeded
from sla_service.ports import Work
from slaclock.business_time import PACKAGED, ZoneFiles
from slaclock.errors import Fault

__all__ = ["Examined", "Rules", "examine", "misspelt"]

_SPELLING: Final = ("sla.field-unknown", "calendar.unknown-key")
_SECTION: Final = re.compile(r"[a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the installation decides.

    Attributes:
        limit: bytes that a snapshot's message may have.
        allowed_hosts: webhooks may go there although the host is not public https.
        files: time zones to seal into calendars of the file.
    """

    limit: int
    allowed_hosts: frozenset[str] = frozenset()
    files: ZoneFiles = PACKAGED


@dataclass(frozen=True, slots=True)
class Examined:
    """A file, read.

    Attributes:
        agreement: what it says; with errors only the parts without them mean something.
        calendars: its calendars with their zones inside, by name.
        readable: whether reading found nothing wrong, so that `agreement` is what it says.
        findings: errors and warnings.
    """

    agreement: Agreement
    calendars: Mapping[str, SealedCalendar]
    readable: bool
    findings: tuple[Finding, ...]


async def examine(
    work: Work, tenant: str, sla_id: str | None, document: Mapping[str, Any], rules: Rules
) -> Examined:
    """Read *document* as a version of *sla_id* (of any SLA when None); all that is to be said."""
    known = await work.calendars(tenant, named_calendars(document))
    reading = read_file(
        document,
        expected_id=sla_id,
        known=known.keys(),
        allowed_hosts=rules.allowed_hosts,
        files=rules.files,
    )
    calendars = _sealed(reading.agreement, known, rules.files)
    broken = {_section(fault.field) for fault in reading.faults}
    findings = [Finding.of(fault) for fault in reading.faults]
    at = await work.now()
    # a year of samples for each target: up to a second, which must not hold up others
    findings += await asyncio.to_thread(lint, reading.agreement, calendars, at, faulty=broken)
    findings += _outside(broken, unheeded(reading.agreement))
    return Examined(reading.agreement, calendars, not reading.faults, tuple(findings))


def misspelt(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Those of *faults* that no draft is kept with: keys that mean nothing."""
    return tuple(fault for fault in faults if fault.code in _SPELLING)


def _section(path: str) -> str:
    found = _SECTION.match(path)
    return "" if found is None else found.group()


def _outside(broken: Iterable[str], findings: Iterable[Finding]) -> list[Finding]:
    """Those of *findings* that do not lie in a part with faults, which says nothing for sure."""
    return [one for one in findings if _section(one.path) not in broken]


def _sealed(
    agreement: Agreement,
    known: Mapping[PublishedCalendar, SealedCalendar],
    files: ZoneFiles,
) -> dict[str, SealedCalendar]:
    sealed: dict[str, SealedCalendar] = {}
    for name, calendar in agreement.calendars.items():
        match calendar:
            case PublishedCalendar():
                sealed[name] = known[calendar]
            case InlineCalendar(document=document):
                sealed[name] = SealedCalendar.inline(
                    document, sla_id=agreement.sla_id, name=name, files=files
                )
    return sealed
