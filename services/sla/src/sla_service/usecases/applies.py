"""Which agreement applies to a ticket at an instant, and why: by the rule that binds its clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson

from sla_service.domain.applying import Asked, Promise, Rival, promises, rivals
from sla_service.domain.contract import Pin
from sla_service.ports import Desk, Work
from sla_service.usecases.verify import Tampered, read_pinned
from slaclock.contracts.instants import rfc3339, to_us
from slaclock.errors import Fault, Refusal
from slaclock.terms import Binding, Entry, Terms, Verdict, considered, divided

__all__ = ["OpenedLater", "Owned", "Verdicts", "what_applies"]


class OpenedLater(Refusal):
    """Asked about an instant before the ticket was opened."""

    code = "what-applies.opened-later"


@dataclass(frozen=True, slots=True)
class Owned:
    """The OLA that measures the ticket's group, from when the group has the ticket.

    Attributes:
        rival: the assignment that names it.
        promises: its targets for the ticket's priority.
    """

    group: str
    rival: Rival
    promises: tuple[Promise, ...]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The answer.

    Attributes:
        rivals: every entry that was considered; the first one applies, if any does.
        promises: the agreement's targets for the ticket's priority; none without an agreement.
        owner: what measures the ticket's group; None without a group, or without an OLA for it.
    """

    asked: Asked
    opened: datetime
    at: datetime
    binding: Binding
    rivals: tuple[Rival, ...]
    promises: tuple[Promise, ...]
    owner: Owned | None = None

    @property
    def winner(self) -> Rival | None:
        """The one that applies."""
        first = self.rivals[0] if self.rivals else None
        return first if first and first.candidate.verdict is Verdict.APPLIES else None


async def what_applies(  # noqa: PLR0913, PLR0917 - where to look, and the question
    work: Work,
    desk: Desk,
    tenant: str,
    asked: Asked,
    opened: datetime | None,
    at: datetime | None,
) -> Verdicts | Tampered:
    """What binds a ticket like *asked*, opened at *opened*, at the instant *at*.

    Args:
        work: a transaction.
        desk: where snapshots are read.
        tenant: whose terms.
        asked: the ticket as it was when it was opened.
        opened: None for *at*: a ticket that is opened just then.
        at: None for now.

    Raises:
        OpenedLater: *opened* lies after *at*.
    """
    at = at or await work.now()
    opened = opened or at
    if opened > at:
        raise OpenedLater(
            faults=[
                Fault(
                    "opened",
                    rfc3339(opened),
                    f"lies after the instant that is asked about, {rfc3339(at)}",
                    "ask about an instant at or after the opening",
                    OpenedLater.code,
                )
            ]
        )
    entries: list[Entry] = []
    pins: dict[str, Pin | None] = {}
    for contract in await work.contracts_about(tenant, asked.contract_id, asked.customer_id):
        entries.append(contract.entry)
        pins[str(contract.entry_id)] = contract.pin
    for told in await work.terms(tenant):
        entries.append(told.entry)
        pins[str(told.entry_id)] = told.wanted.pin
    since, now = to_us(opened), to_us(at)
    groups = await work.owner_groups(tenant)
    promised, owned = divided(entries, groups)
    binding = Terms.of(promised).binding(asked, opened=since, now=now)
    listed = tuple(rivals(considered(promised, asked, opened=since, now=now), asked, pins, now))
    targets = await _promises(work, desk, tenant, asked, pins.get(binding.entry_id or ""))
    if isinstance(targets, Tampered):
        return targets
    of_group = considered(owned, asked, opened=since, now=now)
    first = next(rivals(of_group, asked, pins, now), None)
    owner: Owned | None = None
    if (
        asked.group is not None
        and first is not None
        and first.candidate.verdict is Verdict.APPLIES
        and groups.get(first.candidate.entry.agreement or "") == asked.group
    ):
        measured = await _promises(work, desk, tenant, asked, first.pin)
        if isinstance(measured, Tampered):
            return measured
        owner = Owned(asked.group, first, measured)
    return Verdicts(asked, opened, at, binding, listed, targets, owner)


async def _promises(
    work: Work, desk: Desk, tenant: str, asked: Asked, pin: Pin | None
) -> tuple[Promise, ...] | Tampered:
    if pin is None:
        return ()
    snapshot = await read_pinned(work, desk, tenant, pin)
    if isinstance(snapshot, Tampered):
        return snapshot
    return tuple(promises(orjson.loads(snapshot), asked.priority))
