"""How many open tickets an entry of the terms would reach: asked on `ask.ticket-clock.reached`."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from slaclock.contracts.instants import Instant
from slaclock.contracts.terms import AssignmentChanged, ContractBound

__all__ = ["ReachedIn", "ReachedOut"]


class ReachedIn(BaseModel):
    """An entry as it would be published; exactly one of the two."""

    model_config = ConfigDict(extra="forbid")

    contract: ContractBound | None = None
    assignment: AssignmentChanged | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.contract is None) == (self.assignment is None):
            raise PydanticCustomError("one_entry", "give either a contract or an assignment")
        return self


class ReachedOut(BaseModel):
    """Of the tickets that are open now, those with a clock that would be bound otherwise."""

    tickets: int = Field(ge=0)
    looked_at: int = Field(ge=0, description="open tickets that were looked at")
    complete: bool = Field(description="false: there are more open tickets, so `tickets` is a part")
    at: Instant = Field(description="the instant of the answer; ticket-clock's database clock")
