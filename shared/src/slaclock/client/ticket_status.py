"""A ticket's status as the SLA management design has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from slaclock.client.answers import ClockStatus, TicketSla
from slaclock.client.errors import ApiFault, faults_of
from slaclock.client.levels import RiskLevel
from slaclock.client.policy import SLAPolicy

__all__ = ["TicketSLAStatus", "status_of"]


@dataclass(frozen=True, slots=True)
class TicketSLAStatus:
    """Where a ticket stands.

    Attributes:
        sla_policy: what it is measured by; None while it is bound to nothing, or see `faults`.
        response_time_remaining: business time; negative once overdue; None where no such clock is
            open. While a clock is paused it stands still.
        resolution_time_remaining: the same.
        is_response_breached: of the open cycle, or of the latest one where none is open.
        is_resolution_breached: the same.
        breach_risk_level: that of the worst clock; None where none is open.
        last_updated: UTC instant at which this holds.
        faults: what keeps it from being complete; none for a ticket that is measured as meant.
        ticket: the whole answer: every clock and cycle, thresholds, pauses.
    """

    ticket_id: str
    sla_policy: SLAPolicy | None
    response_time_remaining: timedelta | None
    resolution_time_remaining: timedelta | None
    is_response_breached: bool
    is_resolution_breached: bool
    breach_risk_level: RiskLevel | None
    last_updated: datetime
    faults: tuple[ApiFault, ...]
    ticket: TicketSla

    @property
    def is_partial(self) -> bool:
        """Whether something is missing; `faults` says what."""
        return bool(self.faults)


def status_of(
    ticket: TicketSla, policy: SLAPolicy | None, faults: tuple[ApiFault, ...] = ()
) -> TicketSLAStatus:
    """The status that a ticket's clocks amount to; *faults* come on top of its own."""
    response = _current(ticket, "first_response")
    resolution = _current(ticket, "resolution")
    if ticket.terms == "pending":
        faults = (
            ApiFault(
                "terms",
                "pending",
                "not all SLAs, contracts and assignments have arrived yet",
                "ask again in a moment",
                "terms.pending",
            ),
            *faults,
        )
    return TicketSLAStatus(
        ticket_id=ticket.ticket_id,
        sla_policy=policy,
        response_time_remaining=_remaining(response),
        resolution_time_remaining=_remaining(resolution),
        is_response_breached=_breached(response),
        is_resolution_breached=_breached(resolution),
        breach_risk_level=None if ticket.risk in (None, "none") else RiskLevel(ticket.risk),
        last_updated=ticket.as_of.astimezone(UTC),
        faults=(*faults_of(ticket.faults), *faults),
        ticket=ticket,
    )


def _current(ticket: TicketSla, metric: str) -> ClockStatus | None:
    """The open cycle of a metric, else the latest; an OLA's clock is not the customer's."""
    cycles = [
        clock for clock in ticket.clocks if clock.metric == metric and clock.agreement_type != "ola"
    ]
    earliest = datetime.min.replace(tzinfo=UTC)
    return max(
        cycles,
        key=lambda clock: (clock.state != "closed", clock.started_at or earliest),
        default=None,
    )


def _remaining(clock: ClockStatus | None) -> timedelta | None:
    if clock is None or clock.state == "closed" or clock.remaining_seconds is None:
        return None
    return timedelta(seconds=clock.remaining_seconds)


def _breached(clock: ClockStatus | None) -> bool:
    return clock is not None and clock.outcome == "breached"
