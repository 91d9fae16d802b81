"""What commercial events say of contracts, before it is known which version they bind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sla_service.domain.contract import CauseKind, ContractEntry, Mode, Pin
from slaclock.contracts.canonical import content_hash, uuid_of
from slaclock.contracts.instants import rfc3339

__all__ = ["ContractNews"]


@dataclass(frozen=True, slots=True)
class ContractNews:
    """A contract begins, changes or ends.

    Attributes:
        customer_id: None where the event does not say (a change order, an end).
        sla_id: None when the contract ends.
        sla_version: None takes the latest published version when the news is handled.
        mode: what open tickets do; other than `keep` for change orders only.
        cause_id: the quote, the change order, or the event that ended the contract.
    """

    tenant: str
    contract_id: str
    customer_id: str | None
    sla_id: str | None
    sla_version: int | None
    effective_from: datetime
    effective_to: datetime | None
    mode: Mode
    cause_kind: CauseKind
    cause_id: str
    happened_at: datetime
    source: str
    event_id: str

    @property
    def entry_id(self) -> UUID:
        """A quote is accepted once, a change order approved once, however often that is told.

        An end has no name of its own: its event is its identity.
        """
        once = (self.source, self.event_id) if self.cause_kind == "ended" else (self.cause_id,)
        return uuid_of("contract", self.tenant, self.contract_id, self.cause_kind, *once)

    @property
    def order(self) -> tuple[datetime, str]:
        """In which order news that has waited is taken."""
        return self.happened_at, str(self.entry_id)

    @property
    def says(self) -> str:
        """Hash of what it means: news with the same `entry_id` must agree in this."""
        until = None if self.effective_to is None else rfc3339(self.effective_to)
        return content_hash(
            [
                self.customer_id,
                self.sla_id,
                self.sla_version,
                rfc3339(self.effective_from),
                until,
                self.mode,
            ]
        )

    def entry(self, pin: Pin | None, customer_id: str) -> ContractEntry:
        """The entry that this becomes once its SLA and its customer are known."""
        return ContractEntry(
            tenant=self.tenant,
            contract_id=self.contract_id,
            entry_id=self.entry_id,
            customer_id=customer_id,
            pin=pin,
            effective_from=self.effective_from,
            effective_to=self.effective_to,
            mode=self.mode,
            cause_kind=self.cause_kind,
            cause_id=self.cause_id,
            happened_at=self.happened_at,
            source=self.source,
            event_id=self.event_id,
        )
