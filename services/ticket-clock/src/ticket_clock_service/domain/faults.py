"""What is wrong with a ticket, for people to see and to mend."""

from __future__ import annotations

from collections.abc import Iterator

from slaclock.contracts.instants import from_us, rfc3339
from slaclock.errors import Fault
from slaclock.terms import Binding, Reason
from ticket_clock_service.domain.clock import Clock
from ticket_clock_service.domain.picture import Ignored, Picture
from ticket_clock_service.domain.rulebook import Rulebook


def faults_of(picture: Picture, rulebook: Rulebook) -> tuple[Fault, ...]:
    """Everything that keeps the ticket from being measured as somebody meant it to be."""
    found = [_unexplained(ignored) for ignored in picture.ignored]
    for clock in picture.clocks:
        found.extend(_of_binding(clock.binding))
        found.extend(_of_target(clock, picture, rulebook))
    return tuple(dict.fromkeys(found))


def is_unbound(picture: Picture) -> bool:
    """Whether nothing binds the ticket although its tenant wants every ticket bound."""
    return any(
        clock.binding.required and clock.binding.reason is Reason.NONE for clock in picture.clocks
    )


def _unexplained(ignored: Ignored) -> Fault:
    several = f"{ignored.count} facts have" if ignored.count > 1 else "a fact has"
    since = rfc3339(from_us(ignored.at))
    return Fault(
        field="status",
        value=ignored.status,
        message=f"nobody said what this status means: {several} no effect, the first at {since}",
        remedy=f"name the status in a status map effective from {since} or earlier",
        code="fact.unknown-status",
    )


def _of_binding(binding: Binding) -> Iterator[Fault]:
    if binding.unknown_contract is not None:
        yield Fault(
            field="contract_id",
            value=binding.unknown_contract,
            message="no contract of this name was in force when the cycle began",
            remedy="accept its quote with an earlier effective_from, or correct the ticket",
            code="contract.unknown",
        )
    if binding.missing is not None:
        yield Fault(
            field="agreement",
            value=binding.missing,
            message="the agreement that decides has not arrived yet",
            remedy="wait for it to be published, or publish it again",
            code="agreement.missing",
        )
    if binding.required and binding.reason is Reason.NONE:
        yield Fault(
            field="binding",
            value=None,
            message="no agreement applies, and this tenant wants every ticket bound",
            remedy="set a default, an assignment or a contract with an earlier effective_from",
            code="ticket.unbound",
        )


def _of_target(clock: Clock, picture: Picture, rulebook: Rulebook) -> Iterator[Fault]:
    """An agreement that measures this, but not for tickets of this priority."""
    aim = clock.aim
    if aim.agreement is None or aim.amount is not None or not clock.is_open:
        return
    if clock.metric in rulebook.agreements[aim.agreement].metrics:
        yield Fault(
            field="priority",
            value=picture.ticket.priority,
            message=f"the agreement has no {clock.metric.value} target for this priority",
            remedy="set the ticket's priority, or publish the SLA with a target of priority null",
            code="target.missing",
        )
