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
from slaclock.terms import Binding, Entry, Terms, Verdict, considered

__all__ = ["OpenedLater", "Verdicts", "what_applies"]


class OpenedLater(Refusal):
    """Asked about an instant before the ticket was opened."""

    code = "what-applies.opened-later"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The answer.

    Attributes:
        rivals: every entry that was considered; the first one applies, if any does.
        promises: the agreement's targets for the ticket's priority; none without an agreement.
    """

    asked: Asked
    opened: datetime
    at: datetime
    binding: Binding
    rivals: tuple[Rival, ...]
    promises: tuple[Promise, ...]

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
    binding = Terms.of(entries).binding(asked, opened=since, now=now)
    found = considered(entries, asked, opened=since, now=now)
    promised: tuple[Promise, ...] = ()
    pin = None if binding.entry_id is None else pins[binding.entry_id]
    if pin is not None:
        snapshot = await read_pinned(work, desk, tenant, pin)
        if isinstance(snapshot, Tampered):
            return snapshot
        promised = tuple(promises(orjson.loads(snapshot), asked.priority))
    listed = tuple(rivals(found, asked, pins, now))
    return Verdicts(asked, opened, at, binding, listed, promised)
