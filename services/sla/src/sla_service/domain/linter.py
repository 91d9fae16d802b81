"""The linter: what is well formed and still hardly meant. Its catalogue is data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sla_service.domain.agreement import Agreement
from sla_service.domain.checks.check import Check, Subject
from sla_service.domain.checks.money import CREDIT_CHECKS
from sla_service.domain.checks.orders import RULE_CHECKS
from sla_service.domain.checks.people import CALENDAR_CHECKS, ROLE_CHECKS
from sla_service.domain.checks.points import CLOCK_CHECKS, THRESHOLD_CHECKS
from sla_service.domain.checks.targets import TARGET_CHECKS
from sla_service.domain.finding import Finding
from sla_service.domain.snapshot import SealedCalendar

__all__ = ["CATALOGUE", "as_markdown", "lint"]

CATALOGUE: Final[tuple[Check, ...]] = (
    *TARGET_CHECKS,
    *THRESHOLD_CHECKS,
    *CLOCK_CHECKS,
    *RULE_CHECKS,
    *CREDIT_CHECKS,
    *ROLE_CHECKS,
    *CALENDAR_CHECKS,
)
"""Every check, in the order in which findings come."""

_HEAD: Final = """# What the SLA linter finds

An error keeps a file from being published; a warning stands in the answer. All findings come at
once, beside the faults of reading (`sla-file.md`); a part of the file with faults is not judged.
`slaclock lint FILE` (exit 1 where there is an error) and `POST /sla/v1/lint` tell them of any file
and keep nothing; drafts, dry runs and publishing tell them, too.
This page is made from the catalogue in `sla_service.domain.linter`; a test compares them.
"""


def lint(
    agreement: Agreement,
    calendars: Mapping[str, SealedCalendar],
    at: datetime,
    *,
    faulty: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Everything that speaks against publishing *agreement*, or that its author should know.

    Args:
        agreement: what the file says.
        calendars: sealed, by name.
        at: when it would be published (UTC); calendars are tried in the year that follows.
        faulty: keys of the file that could not be read whole: they are not judged.
    """
    subject = Subject(agreement, calendars, at)
    return tuple(
        Finding(check.severity, check.code, path, value, message, check.remedy)
        for check in CATALOGUE
        if not set(check.reads) & set(faulty)
        for path, value, message in check.find(subject)
    )


def as_markdown() -> str:
    """The catalogue as a page."""
    parts = [_HEAD]
    parts += [
        f"## `{check.code}`\n\n**{check.severity}**. {check.meaning}\n\n"
        f"- Example: {check.example}\n- Remedy: {check.remedy}\n"
        for check in CATALOGUE
    ]
    return "\n".join(parts)
