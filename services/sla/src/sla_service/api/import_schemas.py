"""What imports and exports of other software's policies answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sla_service.domain.agreement import PublishedCalendar
from sla_service.domain.finding import errors, warnings
from sla_service.formats.found import Policies, ProposalKind
from sla_service.formats.itil import ITIL_ID
from sla_service.formats.zendesk_export import ForZendesk
from sla_service.usecases.importing import Brought, Outcome
from slaclock.foreign.told import ToldOut
from slaclock.http.faults import FaultOut

__all__ = ["ImportQuery", "ItilQuery", "PoliciesOut", "ZendeskPolicyOut"]


class ImportQuery(BaseModel):
    """How to bring policies in."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = Field(default=False, description="keep nothing; only tell")
    replace: bool = Field(default=False, description="overwrite drafts that say something else")
    calendars: Literal["inline", "published"] = Field(
        default="inline",
        description="published: schedules are calendars that were published under the same id",
    )
    calendar_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="a published calendar for all business hours, with `calendar_version`",
    )
    calendar_version: int | None = Field(default=None, ge=1, le=2**31 - 1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.calendar_id is None) != (self.calendar_version is None):
            raise ValueError("name a published calendar by calendar_id and calendar_version")
        return self

    @property
    def published(self) -> PublishedCalendar | None:
        """The calendar that stands for all business hours."""
        if self.calendar_id is None or self.calendar_version is None:
            return None
        return PublishedCalendar(self.calendar_id, self.calendar_version)


class ItilQuery(ImportQuery):
    """How to bring the ITIL default set in."""

    sla_id: str = Field(default=ITIL_ID, min_length=1, max_length=200)
    timezone: str = Field(
        default="UTC", max_length=100, description="of an office week, Mon-Fri 08:00-18:00"
    )


class BroughtOut(BaseModel):
    """An SLA file, and what keeps it from being published."""

    sla_id: str
    document: dict[str, Any]
    faults: list[FaultOut]
    warnings: list[FaultOut]
    draft: Outcome = Field(description="what became of its draft")
    etag: str | None = Field(description="of the draft, for If-Match")


class CalendarFoundOut(BaseModel):
    """A calendar of the export, as the files carry it inline."""

    calendar_id: str
    document: dict[str, Any]


class ProposalOut(BaseModel):
    """A terms entry that nobody has made yet.

    `default`, `assignment` and `status_map` carry what `POST /default`, `/assignments` and
    `/status-map` take; `contract` what a quote would name.
    """

    kind: ProposalKind
    body: dict[str, Any]


class PoliciesOut(BaseModel):
    """What came in, or would."""

    format: Literal["alga", "itil-default", "zendesk"]
    dry_run: bool
    slas: list[BroughtOut]
    calendars: list[CalendarFoundOut]
    proposals: list[ProposalOut]
    told: list[ToldOut] = Field(description="the first 500; counts.findings has all")
    counts: dict[str, int]

    @classmethod
    def of(cls, found: Policies, slas: Sequence[Brought], *, dry_run: bool) -> Self:
        """From what reading gave, and what became of it."""
        return cls(
            format=found.format,
            dry_run=dry_run,
            slas=[
                BroughtOut(
                    sla_id=one.sla_id,
                    document=dict(one.document),
                    faults=FaultOut.of(errors(one.findings)),
                    warnings=FaultOut.of(warnings(one.findings)),
                    draft=one.outcome,
                    etag=one.etag,
                )
                for one in slas
            ],
            calendars=[
                CalendarFoundOut(calendar_id=one.calendar_id, document=dict(one.document))
                for one in found.calendars
            ],
            proposals=[ProposalOut(kind=one.kind, body=dict(one.body)) for one in found.proposals],
            told=ToldOut.of(found.findings),
            counts=dict(found.counts),
        )


class ZendeskPolicyOut(BaseModel):
    """What to send to Zendesk, and what it has no words for."""

    sla_policy: dict[str, Any]
    told: list[ToldOut]

    @classmethod
    def of(cls, found: ForZendesk) -> Self:
        """From what writing gave."""
        return cls(sla_policy=dict(found.policy), told=ToldOut.of(found.findings))
