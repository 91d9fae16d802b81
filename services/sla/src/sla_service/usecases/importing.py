"""Policies of other software become drafts, judged as any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from sla_service.domain.agreement import PublishedCalendar
from sla_service.domain.file import InvalidAgreement
from sla_service.domain.finding import Finding, errors
from sla_service.formats.found import Policies, SlaFound
from sla_service.ports import Begin, Desk, Draft
from sla_service.usecases.check import Rules, examine
from slaclock.contracts.canonical import content_hash
from slaclock.errors import Fault, Refusal
from slaclock.foreign.findings import CalendarFound, Place
from slaclock.foreign.findings import Finding as ForeignFinding

__all__ = ["Brought", "DraftExists", "Outcome", "bring_in", "judged", "with_published_calendars"]

Outcome: TypeAlias = Literal["created", "replaced", "unchanged", "none"]
"""Of the draft; none was wanted in a dry run."""


class DraftExists(Refusal):
    """Somebody works on a draft of the same SLA; it is not overwritten unasked."""

    code = "import.draft-exists"
    status = 409

    def __init__(self, sla_ids: Sequence[str]) -> None:
        super().__init__(
            faults=[
                Fault(
                    "sla_id",
                    sla_id,
                    "has a draft already, which says something else",
                    "publish or discard it, or import with replace",
                    self.code,
                )
                for sla_id in sla_ids
            ]
        )


@dataclass(frozen=True, slots=True)
class Brought:
    """An SLA of the export.

    Attributes:
        findings: what publishing it would find.
        etag: of its draft; None where there is none.
    """

    sla_id: str
    document: Mapping[str, Any]
    findings: tuple[Finding, ...]
    outcome: Outcome = "none"
    etag: str | None = None


async def with_published_calendars(begin: Begin, tenant: str, found: Policies) -> Policies:
    """*found* with published calendars of the same ids in place of those written into its files.

    A calendar that nobody has published stays in the files. Each is told.
    """
    wanted = {one.calendar_id for one in found.calendars}
    if not wanted:
        return found
    async with begin({tenant}) as work:
        newest = await work.newest_calendars(tenant, wanted)
    told = [_told(one, newest.get(one.calendar_id)) for one in found.calendars]
    slas = []
    for sla in found.slas:
        calendars = {
            name: {"calendar_id": name, "version": newest[name].version}
            if name in newest
            else calendar
            for name, calendar in sla.document["calendars"].items()
        }
        slas.append(replace(sla, document={**sla.document, "calendars": calendars}))
    counts = {**found.counts, "findings": found.counts["findings"] + len(told)}
    findings = (*told, *found.findings)
    return replace(found, slas=tuple(slas), findings=findings, counts=counts)


def _told(calendar: CalendarFound, published: PublishedCalendar | None) -> ForeignFinding:
    if published is None:
        fault = Fault(
            "calendars",
            calendar.calendar_id,
            "is no published calendar that has arrived, so its hours stand in the files",
            "publish it (slaclock calendar import --publish), and import again with replace",
            "import.calendar-inline",
        )
    else:
        fault = Fault(
            "calendars",
            calendar.calendar_id,
            f"stands for the schedule in its published version {published.version}",
            "compare its hours with those of the schedule",
            "import.calendar-published",
        )
    return ForeignFinding(Place(table="schedules", row=calendar.source), fault, taken=True)


async def judged(
    begin: Begin, tenant: str, found: Sequence[SlaFound], rules: Rules
) -> list[Brought]:
    """*found* with what publishing each would find; nothing is kept.

    Raises:
        InvalidAgreement: an SLA has an id that cannot be one.
    """
    done = []
    for one in found:
        async with begin({tenant}) as work:
            examined = await examine(work, tenant, one.sla_id, one.document, rules)
        if nameless := [fault for fault in errors(examined.findings) if fault.field == "sla_id"]:
            raise InvalidAgreement(nameless)
        done.append(Brought(one.sla_id, one.document, examined.findings))
    return done


async def bring_in(
    desk: Desk, tenant: str, actor: str, slas: Sequence[Brought], *, overwrite: bool
) -> list[Brought]:
    """A draft for each of *slas*. Repeated it finds them there and changes nothing.

    Args:
        desk: where drafts are kept.
        tenant: whose.
        actor: who imports.
        slas: as `judged` gave them.
        overwrite: whether drafts that say something else are replaced.

    Raises:
        DraftExists: there are such drafts, and they are to stay.
    """
    standing = {one.sla_id: await desk.draft(tenant, one.sla_id) for one in slas}
    others = [
        one.sla_id
        for one in slas
        if (draft := standing[one.sla_id]) and draft.etag != content_hash(one.document)
    ]
    if others and not overwrite:
        raise DraftExists(others)
    return [await _kept(desk, tenant, actor, one, standing[one.sla_id]) for one in slas]


async def _kept(
    desk: Desk, tenant: str, actor: str, one: Brought, standing: Draft | None
) -> Brought:
    outcome: Outcome = "created"
    if standing is None:
        draft = await desk.create(tenant, one.sla_id, one.document, actor)
    elif standing.etag == content_hash(one.document):
        outcome, draft = "unchanged", standing
    else:
        outcome = "replaced"
        draft = await desk.replace(tenant, one.sla_id, one.document, actor, standing.etag)
    if draft is None:  # somebody wrote one between our look and now
        raise DraftExists([one.sla_id])
    return Brought(one.sla_id, one.document, one.findings, outcome, draft.etag)
