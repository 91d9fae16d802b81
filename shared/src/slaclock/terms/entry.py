"""Entries of a tenant's terms: everything that decides clocks and is not a fact of the ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from slaclock.contracts.instants import parse_instant, to_us
from slaclock.terms.category import Category


class Kind(StrEnum):
    """What an entry is about."""

    CONTRACT = "contract"
    DEFAULT = "default"
    ASSIGNMENT = "assignment"
    STATUS_MAP = "status_map"
    SETTINGS = "settings"


class Mode(StrEnum):
    """What an entry does to cycles that are open when it takes effect."""

    KEEP = "keep"
    FROM_EFFECTIVE_INSTANT = "from_effective_instant"
    FROM_START = "from_start"


class CauseKind(StrEnum):
    """What led to an entry about a contract."""

    QUOTE = "quote"
    CHANGE_ORDER = "change_order"
    ENDED = "ended"


Match = tuple[str | None, str | None, str | None]
"""(service, category, group) of the tickets that an assignment is for; None matches any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the timeline.

    Attributes:
        effective_from, effective_to: microseconds since 1970; from is included, to excluded.
        said: when its publisher said so, microseconds since 1970. It does not depend on the order
            in which entries arrive.
        recorded: grows in the order in which entries were learnt; between entries of one id only.
        agreement: hash of the SLA snapshot; None where the entry takes one away.
        cause: of an entry about a contract; a change order needs a contract that runs.
    """

    entry_id: str
    kind: Kind
    effective_from: int
    recorded: int
    said: int = 0
    mode: Mode = Mode.KEEP
    effective_to: int | None = None
    agreement: str | None = None
    contract_id: str | None = None
    customer_id: str | None = None
    cause: CauseKind | None = None
    match: Match = (None, None, None)
    statuses: Mapping[str, Category | None] = field(default_factory=dict)
    binding_required: bool | None = None

    @property
    def place(self) -> tuple[int, int, str, int]:
        """Its place on the timeline, whenever it arrived."""
        return self.effective_from, self.said, self.entry_id, self.recorded

    @classmethod
    def from_body(
        cls, kind: str, body: Mapping[str, Any], *, recorded: int, said: int = 0
    ) -> Entry:
        """Read the data of `sla.contract.bound` or `sla.assignment.changed`, already validated.

        Args:
            kind: `contract`, or the `kind` in *body*.
            body: the event's data as JSON, instants in RFC 3339.
            recorded: see the class.
            said: see the class.
        """
        match = body.get("match") or {}
        settings = body.get("settings") or {}
        cause = (body.get("cause") or {}).get("kind")
        until = body.get("effective_to")
        return cls(
            entry_id=body["entry_id"],
            kind=Kind(kind),
            effective_from=to_us(parse_instant(body["effective_from"])),
            effective_to=None if until is None else to_us(parse_instant(until)),
            recorded=recorded,
            said=said,
            mode=Mode(body.get("mode") or Mode.KEEP),
            agreement=body.get("agreement"),
            contract_id=body.get("contract_id"),
            customer_id=body.get("customer_id"),
            cause=None if cause is None else CauseKind(cause),
            match=(match.get("service"), match.get("category"), match.get("group")),
            statuses={
                status: Category(category)
                for status, category in (body.get("statuses") or {}).items()
            },
            binding_required=settings.get("binding_required"),
        )
