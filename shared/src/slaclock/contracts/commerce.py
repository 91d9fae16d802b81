"""What other systems say about quotes and contracts. Stream COMMERCE."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from slaclock.contracts.fields import Count, Data, Id
from slaclock.contracts.instants import Instant

__all__ = ["ChangeOrderApproved", "ContractEnded", "QuoteAccepted"]


class QuoteAccepted(Data):
    """A customer's contract begins; it pins the SLA's version and calendars by hash."""

    subject_field: ClassVar[str] = "contract_id"

    quote_id: Id
    contract_id: Id
    customer_id: Id
    sla_id: Id
    sla_version: Count | None = Field(
        default=None, description="null: the latest published when the quote is handled"
    )
    effective_from: Instant
    effective_to: Instant | None = Field(default=None, description="excluded; null: open end")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise PydanticCustomError("period", "effective_to is not after effective_from")
        return self


class ChangeOrderApproved(Data):
    """A running contract gets another SLA; `running_tickets` says what open tickets do."""

    subject_field: ClassVar[str] = "contract_id"

    change_order_id: Id
    contract_id: Id
    sla_id: Id
    sla_version: Count | None = None
    effective_from: Instant
    running_tickets: Literal["keep", "from_effective_instant", "from_start"]


class ContractEnded(Data):
    """A contract binds no cycle that begins at `effective_from` or later."""

    subject_field: ClassVar[str] = "contract_id"

    contract_id: Id
    effective_from: Instant
