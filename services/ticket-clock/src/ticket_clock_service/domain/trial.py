"""A trial: the rulebook that a candidate makes of the one in force, and which agreements it is for.

What statuses mean, the facts and the instants of binding stay what they are. The candidate holds
from each cycle's opening on: no terms reach a cycle that is open already, except those that do so
today where only a calendar is tried. Clocks of OLAs are left out: they are promised to no customer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ticket_clock_service.domain.agreement import Agreement, Calendar
from ticket_clock_service.domain.rulebook import Rulebook

__all__ = ["Trial", "calendar_trial", "sla_trial"]


@dataclass(frozen=True, slots=True)
class Trial:
    """What is simulated.

    Attributes:
        rulebook: under which tickets are folded.
        concerned: hashes of the agreements in force that the candidate replaces, or alters.
        only: hash of the one agreement that binds every cycle; None where the terms decide.
    """

    rulebook: Rulebook
    concerned: frozenset[str]
    only: str | None = None


def sla_trial(known: Rulebook, agreement: Agreement) -> Trial:
    """Every cycle is bound to *agreement*; it stands for all versions of its SLA."""
    return Trial(
        rulebook=Rulebook(known.terms.only(agreement.digest), {agreement.digest: agreement}),
        concerned=frozenset(
            digest for digest, one in known.agreements.items() if one.sla_id == agreement.sla_id
        ),
        only=agreement.digest,
    )


def calendar_trial(known: Rulebook, calendar: Calendar) -> Trial:
    """Each agreement measures by *calendar* wherever it has a version of that calendar."""
    concerned = {
        digest: _measured_by(calendar, agreement)
        for digest, agreement in known.agreements.items()
        if any(_replaces(calendar, one) for one in agreement.calendars.values())
    }
    agreements = {**known.agreements, **concerned}
    return Trial(Rulebook(known.terms, agreements), frozenset(concerned))


def _replaces(calendar: Calendar, one: Calendar) -> bool:
    return calendar.calendar_id is not None and one.calendar_id == calendar.calendar_id


def _measured_by(calendar: Calendar, agreement: Agreement) -> Agreement:
    targets = {
        key: replace(target, calendar=calendar) if _replaces(calendar, target.calendar) else target
        for key, target in agreement.targets.items()
    }
    return replace(
        agreement,
        targets=targets,
        calendars={**agreement.calendars, calendar.name: calendar},
    )
