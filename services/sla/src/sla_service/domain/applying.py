"""What applies to a ticket, in words: the agreement, every rival, and the targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sla_service.domain.contract import Pin
from slaclock.contracts.instants import from_us, rfc3339
from slaclock.terms import Candidate, Entry, Reason, Ticket, Verdict

__all__ = ["Asked", "Promise", "Rival", "promises", "rivals"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The ticket that is asked about; None where it says nothing."""

    customer_id: str | None = None
    contract_id: str | None = None
    group: str | None = None
    category: str | None = None
    service: str | None = None
    priority: str | None = None


@dataclass(frozen=True, slots=True)
class Rival:
    """An entry that was considered, with the version that it gives and the sentence about it."""

    candidate: Candidate
    pin: Pin | None
    words: str


@dataclass(frozen=True, slots=True)
class Promise:
    """What the agreement promises of one metric.

    Attributes:
        priority: of the target that was taken; None for the fallback, and without a target.
        minutes, calendar: None without a target for this priority.
    """

    metric: str
    priority: str | None
    minutes: int | None
    calendar: str | None
    fallback: bool
    words: str


def rivals(
    found: Sequence[Candidate], ticket: Ticket, pins: Mapping[str, Pin | None], at: int
) -> Iterator[Rival]:
    """*found* as `slaclock.terms.considered` gives it, each with its sentence.

    Args:
        found: the candidates.
        ticket: which ticket.
        pins: what each entry gives, by entry id.
        at: the instant asked about, microseconds since 1970.
    """
    by_id = {one.entry.entry_id: one for one in found}
    for one in found:
        rival = None if one.by is None else by_id[one.by]
        pin = pins.get(one.entry.entry_id)
        yield Rival(one, pin, f"{_who(one)} {_gives(one.entry, pin)} {_so(one, rival, ticket, at)}")


def promises(snapshot: Mapping[str, Any], priority: str | None) -> Iterator[Promise]:
    """What the agreement in *snapshot* promises a ticket of *priority*, metric by metric."""
    targets: dict[str, dict[str | None, Mapping[str, Any]]] = {}
    for target in snapshot["targets"]:
        targets.setdefault(target["metric"], {})[target["priority"]] = target
    of = "a ticket without priority" if priority is None else f"priority {priority}"
    for metric, known in targets.items():
        target = known.get(priority) or known.get(None)
        if target is None:
            listed = ", ".join(str(one) for one in known)
            words = f"no {metric} target: the agreement has one for {listed}, not for {of}"
            yield Promise(metric, None, None, None, fallback=False, words=words)
            continue
        fallback = target["priority"] is None
        minutes, calendar = target["minutes"], target["calendar"]
        words = f"{metric} within {minutes} minutes of {calendar}"
        if fallback and priority is not None:
            words += f", the fallback: there is no target for {of}"
        elif not fallback:
            words += f" for {of}"
        yield Promise(metric, target["priority"], minutes, calendar, fallback=fallback, words=words)


def _who(one: Candidate) -> str:
    entry = one.entry
    match one.reason:
        case Reason.TICKET_CONTRACT:
            return f"contract {entry.contract_id}, which the ticket names,"
        case Reason.CUSTOMER_CONTRACT:
            return f"contract {entry.contract_id} of customer {entry.customer_id}"
        case Reason.ASSIGNMENT:
            return f"the assignment of {_match(entry)}"
        case _:
            return "the tenant's default"


def _match(entry: Entry) -> str:
    named = zip(("service", "category", "group"), entry.match, strict=True)
    return " and ".join(f"{name} {value}" for name, value in named if value is not None)


def _gives(entry: Entry, pin: Pin | None) -> str:
    given = "nothing" if pin is None else f"{pin.sla_id} version {pin.version}"
    return f"gives {given} from {_at(entry.effective_from)} on"


_SO: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.APPLIES: "and applies",
        Verdict.OUTRANKED: "but {rival} comes first",
        Verdict.SUPERSEDED: "but the entry {by} of {since} has taken its place",
        Verdict.ENDED: "and so binds no ticket any more",
        Verdict.OVER: "but its term was over at {until}",
        Verdict.NOT_YET: "but not yet at {at}",
        Verdict.KEEPS_OPEN_TICKETS: "but leaves alone the tickets that were open then",
        Verdict.NOT_RUNNING: "but the contract does not run then, and a change order begins none",
        Verdict.OTHER_CUSTOMER: "but is not the ticket's customer's",
        Verdict.NO_MATCH: "but the ticket has {differences}",
    }
)


def _so(one: Candidate, rival: Candidate | None, ticket: Ticket, at: int) -> str:
    until = one.entry.effective_to
    return _SO[one.verdict].format(
        rival="another entry" if rival is None else _who(rival).rstrip(","),
        by=one.by,
        since="" if rival is None else _at(rival.entry.effective_from),
        until="" if until is None else _at(until),
        at=_at(at),
        differences=_differences(one.entry, ticket),
    )


def _differences(entry: Entry, ticket: Ticket) -> str:
    fields = {"service": ticket.service, "category": ticket.category, "group": ticket.group}
    return " and ".join(
        f"no {name}" if found is None else f"{name} {found}"
        for (name, found), wanted in zip(fields.items(), entry.match, strict=True)
        if wanted is not None and wanted != found
    )


def _at(instant: int) -> str:
    return rfc3339(from_us(instant))
