"""Entries of the terms timeline: which agreement binds, from when on. Stream AGREEMENT.

Written by the sla service, read by ticket-clock; each entry is kept for ever.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from slaclock.contracts.fields import Count, Data, Hash, Id, Part
from slaclock.contracts.instants import Instant
from slaclock.contracts.statuses import Category

__all__ = ["AssignmentChanged", "AssignmentMatch", "Cause", "ContractBound", "TermsSettings"]

Mode = Literal["keep", "from_effective_instant", "from_start"]
"""What an entry does to tickets that are open when it takes effect."""


class Cause(Part):
    """What led to an entry."""

    kind: Literal["quote", "ended", "change_order"]
    id: Id


class ContractBound(Data):
    """A contract binds an agreement, or none any more, from `effective_from` on."""

    subject_field: ClassVar[str] = "contract_id"

    entry_id: Id
    contract_id: Id
    customer_id: Id
    agreement: Hash | None = Field(description="null: the contract has ended")
    sla_id: Id | None = None
    sla_version: Count | None = None
    effective_from: Instant
    effective_to: Instant | None = Field(default=None, description="excluded; null: open end")
    mode: Mode = "keep"
    cause: Cause


class AssignmentMatch(Part):
    """The tickets that an assignment is for: those equal in every field that is given."""

    group: Id | None = None
    category: Id | None = None
    service: Id | None = None


class TermsSettings(Part):
    """Settings of a tenant that decide clocks."""

    binding_required: bool | None = Field(
        default=None,
        description="whether a ticket without an agreement shows a fault; so it is by default",
    )


class AssignmentChanged(Data):
    """The tenant's default, an assignment, the status map or a setting changes."""

    subject_field: ClassVar[str] = "entry_id"

    entry_id: Id
    kind: Literal["default", "assignment", "status_map", "settings"]
    effective_from: Instant
    mode: Mode = "keep"
    agreement: Hash | None = None
    sla_id: Id | None = None
    sla_version: Count | None = None
    match: AssignmentMatch | None = None
    statuses: dict[Id, Category] | None = None
    settings: TermsSettings | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needed = {"assignment": "match", "status_map": "statuses", "settings": "settings"}
        key = needed.get(self.kind)
        if key is not None and getattr(self, key) is None:
            raise PydanticCustomError(
                "kind_needs", "an entry of this kind needs {key}", {"key": key}
            )
        return self
