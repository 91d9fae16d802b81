"""What HTTP takes and gives of the question which agreement applies to a ticket."""

from __future__ import annotations

from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field

from sla_service.domain.applying import Asked, Rival
from sla_service.domain.contract import Mode
from sla_service.usecases.applies import Owned, Verdicts
from slaclock.contracts.instants import Instant, from_us
from slaclock.http import Id
from slaclock.terms import Kind, Reason, Verdict

__all__ = ["AppliesIn", "AppliesOut", "AppliesQuery", "TicketIn"]

_MOST: Final = 200
"""Candidates that are listed; assignments for other tickets are left out first."""

_UNUSED: Final = "taken as a ticket event has it; no agreement depends on it"


class TicketIn(BaseModel):
    """A ticket as it was when it was opened, with the fields of `sla.ticket.opened`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    customer_id: Id | None = None
    contract_id: Id | None = None
    group: Id | None = None
    category: Id | None = None
    service: Id | None = None
    priority: Id | None = None
    ticket_id: Id | None = Field(default=None, description=_UNUSED)
    status: Id | None = Field(default=None, description=_UNUSED)
    assignee: Id | None = Field(default=None, description=_UNUSED)
    attributes: Annotated[dict[str, Any], Field(description=_UNUSED)] = {}

    def asked(self) -> Asked:
        """What terms look at."""
        return Asked(
            customer_id=self.customer_id,
            contract_id=self.contract_id,
            group=self.group,
            category=self.category,
            service=self.service,
            priority=self.priority,
        )


class AppliesIn(BaseModel):
    """Which agreement applies to this ticket at this instant?"""

    model_config = ConfigDict(extra="forbid", strict=True)

    ticket: TicketIn
    opened: Instant | None = Field(default=None, description="null: at the instant asked about")
    at: Instant | None = Field(default=None, description="null: now")


class AppliesQuery(BaseModel):
    """The same as query parameters; one that is not listed is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")

    at: Instant | None = Field(default=None, description="null: now")
    opened: Instant | None = Field(default=None, description="null: at the instant asked about")
    customer_id: Id | None = None
    contract_id: Id | None = None
    group: Id | None = None
    category: Id | None = None
    service: Id | None = None
    priority: Id | None = None

    @property
    def ticket(self) -> TicketIn:
        """The ticket that is asked about."""
        return TicketIn.model_validate(self.model_dump(exclude={"at", "opened"}))


class CandidateOut(BaseModel):
    """An entry that was considered."""

    entry_id: str
    kind: Kind
    reason: Reason = Field(description="as what it was considered")
    verdict: Verdict
    by: str | None = Field(description="the entry that stands in its way")
    words: str
    sla_id: str | None
    sla_version: int | None
    agreement: str | None
    effective_from: Instant
    effective_to: Instant | None
    mode: Mode
    contract_id: str | None
    customer_id: str | None
    cause: str | None
    match: dict[str, str] | None

    @classmethod
    def of(cls, rival: Rival) -> Self:
        """From what was found."""
        one, entry, pin = rival.candidate, rival.candidate.entry, rival.pin
        match = dict(zip(("service", "category", "group"), entry.match, strict=True))
        named = {name: value for name, value in match.items() if value is not None}
        until = entry.effective_to
        return cls(
            entry_id=entry.entry_id,
            kind=entry.kind,
            reason=one.reason,
            verdict=one.verdict,
            by=one.by,
            words=rival.words,
            sla_id=None if pin is None else pin.sla_id,
            sla_version=None if pin is None else pin.version,
            agreement=entry.agreement,
            effective_from=from_us(entry.effective_from),
            effective_to=None if until is None else from_us(until),
            mode=entry.mode.value,
            contract_id=entry.contract_id,
            customer_id=entry.customer_id,
            cause=None if entry.cause is None else entry.cause.value,
            match=named if entry.kind is Kind.ASSIGNMENT else None,
        )


class PromiseOut(BaseModel):
    """The target of one metric for the ticket's priority; `minutes` null where there is none."""

    model_config = ConfigDict(from_attributes=True)

    metric: str
    priority: str | None = Field(description="of the target that was taken")
    minutes: int | None
    calendar: str | None
    fallback: bool
    words: str


class OwnerOut(BaseModel):
    """The OLA that measures the group which has the ticket; it promises nothing to the customer."""

    group: str
    agreement: str | None
    sla_id: str | None
    sla_version: int | None
    entry_id: str
    words: str
    targets: list[PromiseOut]

    @classmethod
    def of(cls, owned: Owned) -> Self:
        """From what was found."""
        entry, pin = owned.rival.candidate.entry, owned.rival.pin
        return cls(
            group=owned.group,
            agreement=entry.agreement,
            sla_id=None if pin is None else pin.sla_id,
            sla_version=None if pin is None else pin.version,
            entry_id=entry.entry_id,
            words=owned.rival.words,
            targets=[PromiseOut.model_validate(one) for one in owned.promises],
        )


class AppliesOut(BaseModel):
    """The agreement, why it is this one, every rival and why it lost, and the targets."""

    at: Instant
    opened: Instant
    ticket: TicketIn
    reason: Reason
    words: str
    agreement: str | None
    sla_id: str | None
    sla_version: int | None
    entry_id: str | None
    contract_id: str | None
    unknown_contract: str | None = Field(
        description="the ticket names this contract, but none of the name is in force"
    )
    binding_required: bool
    targets: list[PromiseOut]
    owner: OwnerOut | None = Field(
        description="null without a group, or without an OLA for the ticket's group"
    )
    candidates: list[CandidateOut] = Field(description="OLAs are none: they bind no customer")
    omitted: int = Field(description="candidates that are not listed, all of them no match")

    @classmethod
    def of(cls, found: Verdicts) -> Self:
        """From what was found."""
        binding, winner = found.binding, found.winner
        pin = winner.pin if winner else None
        listed = list(found.rivals)
        if len(listed) > _MOST:
            matching = [one for one in listed if one.candidate.verdict is not Verdict.NO_MATCH]
            listed = matching[:_MOST]
        asked = found.asked
        return cls(
            at=found.at,
            opened=found.opened,
            ticket=TicketIn(
                customer_id=asked.customer_id,
                contract_id=asked.contract_id,
                group=asked.group,
                category=asked.category,
                service=asked.service,
                priority=asked.priority,
            ),
            reason=binding.reason,
            words=winner.words
            if winner
            else "no agreement applies: no entry that is about this ticket is in force for it",
            agreement=binding.agreement,
            sla_id=pin.sla_id if pin else None,
            sla_version=pin.version if pin else None,
            entry_id=binding.entry_id,
            contract_id=binding.contract_id,
            unknown_contract=binding.unknown_contract,
            binding_required=binding.required,
            targets=[PromiseOut.model_validate(one) for one in found.promises],
            owner=None if found.owner is None else OwnerOut.of(found.owner),
            candidates=[CandidateOut.of(one) for one in listed],
            omitted=len(found.rivals) - len(listed),
        )
