"""The status document: where a ticket stands at an instant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from slaclock.errors import Fault
from slaclock.terms import Binding
from ticket_clock_service.domain.agreement import MINUTE
from ticket_clock_service.domain.clock import Agreements, Clock, State
from ticket_clock_service.domain.event import instant
from ticket_clock_service.domain.faults import faults_of
from ticket_clock_service.domain.ledger import Key, Ledger
from ticket_clock_service.domain.picture import Phase, Picture
from ticket_clock_service.domain.reading import Reading, reached_at, read
from ticket_clock_service.domain.risk import Risk, highest, risk_of
from ticket_clock_service.domain.rulebook import Rulebook

SECOND: Final = 1_000_000


def status_document(  # noqa: PLR0913  what a ticket's row knows beside the view
    ticket_id: str,
    view: Picture,
    rulebook: Rulebook,
    ledger: Ledger,
    *,
    as_of: int,
    revision: int,
) -> dict[str, Any]:
    """Where a ticket stands, as `GET /ticket-clock/v1/tickets/{id}/sla` answers.

    Args:
        ticket_id: the ticket.
        view: its picture, judged at *as_of*.
        rulebook: the tenant's terms and agreements.
        ledger: what has been told of it (by *as_of*).
        as_of: the instant, microseconds since 1970.
        revision: the ticket's revision then.
    """
    readings = [(clock, read(clock, rulebook.agreements, as_of)) for clock in view.cycles]
    known = view.phase is not Phase.AWAITED
    document: dict[str, Any] = {
        "ticket_id": ticket_id,
        "revision": revision,
        "as_of": instant(as_of),
        "status": view.ticket.status,
        "category": view.category.value if known else None,
        "priority": view.ticket.priority,
        "risk": ticket_risk(view, rulebook, as_of).word,
        "faults": [fault_document(fault) for fault in faults_of(view, rulebook)],
        "binding": binding_document(view.binding, rulebook),
        "clocks": [
            _clock(clock, reading, rulebook.agreements, ledger, as_of)
            for clock, reading in readings
        ],
    }
    if view.pending:
        document["terms"] = "pending"
    return document


def ticket_risk(view: Picture, rulebook: Rulebook, as_of: int) -> Risk:
    """The risk of a ticket at an instant: that of the worst clock promised to the customer."""
    agreements = rulebook.agreements
    return highest(
        risk_of(read(clock, agreements, as_of))
        for clock in view.clocks
        if clock.is_open and clock.owner is None
    )


def fault_document(fault: Fault) -> dict[str, Any]:
    """*fault* as JSON."""
    return {
        "code": fault.code,
        "field": fault.field,
        "value": fault.value,
        "message": fault.message,
        "remedy": fault.remedy,
    }


def binding_document(binding: Binding | None, rulebook: Rulebook) -> dict[str, Any] | None:
    """What decides a ticket and why; None before it is opened."""
    if binding is None:
        return None
    agreement = rulebook.agreements.get(binding.agreement or "")
    return {
        "reason": binding.reason.value,
        "contract_id": binding.contract_id,
        "sla_id": None if agreement is None else agreement.sla_id,
        "sla_version": None if agreement is None else agreement.version,
        "snapshot": binding.agreement,
    }


def _clock(
    clock: Clock, reading: Reading, agreements: Agreements, ledger: Ledger, as_of: int
) -> dict[str, Any]:
    target = reading.target or 0
    elapsed = reading.elapsed // SECOND
    runs = reading.state is State.ACTIVE and reading.due is not None
    return {
        "metric": clock.metric.value,
        "cycle": clock.cycle,
        "state": reading.state.value,
        "outcome": reading.outcome.value,
        "target_minutes": target // MINUTE,
        "elapsed_seconds": elapsed,
        "remaining_seconds": target // SECOND - elapsed,
        "wall_remaining_seconds": ((reading.due or 0) - as_of) // SECOND if runs else None,
        "percent": reading.percent,
        "started_at": instant(reading.started),
        "due_at": instant(reading.due),
        "stopped_at": instant(reading.stopped),
        "breached_at": instant(reading.breached),
        "timezone": reading.timezone,
        "risk": risk_of(reading).word,
        "thresholds": list(_thresholds(clock, reading, agreements, ledger)),
        "pauses": list(_pauses(clock)),
        **({} if clock.owner is None else {"owner_group": clock.owner}),
    }


def _thresholds(
    clock: Clock, reading: Reading, agreements: Agreements, ledger: Ledger
) -> Iterator[dict[str, Any]]:
    """Thresholds of the terms in force; `fired_at` and `retracted_at` are times of notice."""
    aim = clock.shown_aim
    if aim is None or aim.agreement is None:
        return
    for mark in agreements[aim.agreement].targets[clock.metric, aim.priority].marks:
        crossing = clock.crossing(mark.threshold, aim)
        if crossing is not None:
            due = crossing.at
        elif reading.state is State.PAUSED:
            due = None
        else:
            due = reached_at(clock, mark.amount, agreements)
        key = Key(clock.metric, clock.cycle, aim.agreement, aim.priority, mark.threshold)
        told = ledger.latest.get(key)
        yield {
            "threshold": mark.threshold,
            "due_at": instant(due),
            "fired_at": None if told is None else instant(told.noticed_at),
            "retracted_at": None if told is None else instant(told.retracted_at),
        }


def _pauses(clock: Clock) -> Iterator[dict[str, Any]]:
    """Times in which it stood still, neighbours joined; `to` is null while it still does."""
    spans: list[tuple[int, int | None, tuple[str, ...]]] = [
        (stretch.start, stretch.end, stretch.reasons)
        for stretch in clock.stretches
        if stretch.state is State.PAUSED
    ]
    if clock.state is State.PAUSED:
        spans.append((clock.since, None, clock.reasons))
    joined: list[tuple[int, int | None, tuple[str, ...]]] = []
    for start, end, reasons in spans:
        if joined and joined[-1][1] == start:
            first, _, earlier = joined.pop()
            joined.append((first, end, tuple(dict.fromkeys((*earlier, *reasons)))))
        else:
            joined.append((start, end, reasons))
    for start, end, reasons in joined:
        yield {"from": instant(start), "to": instant(end), "reasons": list(reasons)}
