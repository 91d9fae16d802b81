"""Terms: everything that decides clocks and is not a fact of the ticket.

A tenant's terms are a timeline of entries. At an instant, of the entries about one thing the one
with the latest `effective_from` holds; of two with the same, the one that was said later.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from slaclock.contracts.instants import parse_instant, to_us
from ticket_clock_service.domain.attributes import Attributes
from ticket_clock_service.domain.category import DEFAULTS, Category, normal


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


Match = tuple[str | None, str | None, str | None]
"""(service, category, group) of the tickets that an assignment is for; None matches any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the timeline.

    Attributes:
        effective_from, effective_to: microseconds since 1970; from is included, to excluded.
        said: when its publisher said so, microseconds since 1970. It does not depend on the order
            in which entries arrive.
        recorded: grows in the order in which entries were learnt.
        agreement: hash of the SLA snapshot; None where the entry takes one away.
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
    match: Match = (None, None, None)
    statuses: Mapping[str, Category | None] = field(default_factory=dict)
    binding_required: bool | None = None

    @property
    def place(self) -> tuple[int, int, int]:
        """Its place on the timeline."""
        return self.effective_from, self.said, self.recorded

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
            match=(match.get("service"), match.get("category"), match.get("group")),
            statuses={
                status: Category(category)
                for status, category in (body.get("statuses") or {}).items()
            },
            binding_required=settings.get("binding_required"),
        )


class Reason(StrEnum):
    """Why a cycle is bound as it is."""

    TICKET_CONTRACT = "ticket_contract"
    CUSTOMER_CONTRACT = "customer_contract"
    ASSIGNMENT = "assignment"
    DEFAULT = "default"
    NONE = "none"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Binding:
    """The agreement that decides a cycle, and why it is this one.

    Attributes:
        agreement: hash of the SLA snapshot; None when unbound.
        contract_id: of the contract that decided, None if none did.
        unknown_contract: the ticket names this contract, but none of the name is in force.
        missing: hash of an agreement that decides, but has not arrived yet (reason `pending`).
        effective_from, mode: of the entry that decided.
        required: the tenant wants every ticket bound.
    """

    reason: Reason
    agreement: str | None = None
    entry_id: str | None = None
    contract_id: str | None = None
    effective_from: int | None = None
    mode: Mode = Mode.KEEP
    unknown_contract: str | None = None
    missing: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """From where a cycle looks at the terms: what it saw at its opening, and what reached it since.

    Entries effective by `opened` are seen, whatever their mode; those effective later, by `now`,
    only if they reach open cycles.
    """

    opened: int
    now: int

    def sees(self, entry: Entry) -> bool:
        """Whether *entry* has a say in this cycle."""
        if entry.effective_from <= self.opened:
            return True
        return entry.mode is not Mode.KEEP and entry.effective_from <= self.now

    def latest(self, entries: Sequence[Entry]) -> Entry | None:
        """The entry that holds among *entries* about one thing, in the order of the timeline."""
        return next((entry for entry in reversed(entries) if self.sees(entry)), None)

    def holds(self, entry: Entry | None) -> bool:
        """Whether *entry* gives an agreement that had not ended when this cycle took it up."""
        if entry is None or entry.agreement is None:
            return False
        taken_up = max(self.opened, entry.effective_from)
        return entry.effective_to is None or taken_up < entry.effective_to


_Timeline = dict[str, list[Entry]]


@dataclass(frozen=True, slots=True)
class Terms:
    """All terms of one tenant, in a form that answers quickly. Make it with `of`."""

    ready: bool
    _contracts: _Timeline
    _customers: dict[str, _Timeline]
    _assignments: dict[Match, list[Entry]]
    _defaults: list[Entry]
    _settings: list[Entry]
    _statuses: dict[str, list[tuple[int, Category | None]]]
    _reaching: list[int]

    @classmethod
    def of(cls, entries: Iterable[Entry], *, ready: bool = True) -> Terms:
        """Terms made of *entries*, in any order.

        Args:
            entries: the tenant's timeline.
            ready: False until everything told so far has been read; clocks are pending then.
        """
        contracts: _Timeline = defaultdict(list)
        customers: dict[str, _Timeline] = defaultdict(lambda: defaultdict(list))
        assignments: dict[Match, list[Entry]] = defaultdict(list)
        defaults: list[Entry] = []
        settings: list[Entry] = []
        statuses: dict[str, list[tuple[int, Category | None]]] = defaultdict(list)
        reaching: set[int] = set()
        for entry in sorted(entries, key=lambda entry: entry.place):
            match entry.kind:
                case Kind.CONTRACT:
                    contracts[entry.contract_id or ""].append(entry)
                    customers[entry.customer_id or ""][entry.contract_id or ""].append(entry)
                case Kind.DEFAULT:
                    defaults.append(entry)
                case Kind.ASSIGNMENT:
                    assignments[entry.match].append(entry)
                case Kind.SETTINGS:
                    settings.append(entry)
                case Kind.STATUS_MAP:
                    for status, category in entry.statuses.items():
                        statuses[normal(status)].append((entry.effective_from, category))
            if entry.mode is not Mode.KEEP and entry.kind in _BINDING:
                reaching.add(entry.effective_from)
        return cls(
            ready=ready,
            _contracts=dict(contracts),
            _customers={customer: dict(found) for customer, found in customers.items()},
            _assignments=dict(assignments),
            _defaults=defaults,
            _settings=settings,
            _statuses=dict(statuses),
            _reaching=sorted(reaching),
        )

    def category(self, status: str, at: int) -> Category | None:
        """What *status* means at an instant; None for a word that nobody explained.

        The latest entry that names the status holds; the common help desks' words need none.
        """
        meaning = None
        key = normal(status)
        for effective_from, category in reversed(self._statuses.get(key, ())):
            if effective_from <= at:
                meaning = category
                break
        return meaning or DEFAULTS.get(key)

    def binding(self, ticket: Attributes, *, opened: int, now: int | None = None) -> Binding:
        """What decides a cycle that was opened at *opened* on a ticket with these attributes.

        Args:
            ticket: as it was when the cycle was opened.
            opened: the cycle's opening instant.
            now: a later instant, to take in the entries that reach open cycles by then.
        """
        if not self.ready:
            return Binding(Reason.PENDING)
        seen = Viewpoint(opened, opened if now is None else now)
        unknown = None
        if ticket.contract_id is not None:
            entry = seen.latest(self._contracts.get(ticket.contract_id, ()))
            if entry is not None and seen.holds(entry):
                return _bound(Reason.TICKET_CONTRACT, entry)
            unknown = ticket.contract_id
        if (entry := self._of_customer(ticket.customer_id, seen)) is not None:
            return _bound(Reason.CUSTOMER_CONTRACT, entry, unknown)
        if (entry := self._assigned(ticket, seen)) is not None:
            return _bound(Reason.ASSIGNMENT, entry, unknown)
        entry = seen.latest(self._defaults)
        if entry is not None and seen.holds(entry):
            return _bound(Reason.DEFAULT, entry, unknown)
        required = self._binding_required(opened)
        return Binding(Reason.NONE, unknown_contract=unknown, required=required)

    def reaching(self, after: int, until: int | None = None) -> Sequence[int]:
        """Instants in (after, until] at which entries take effect that reach open cycles."""
        if not self._reaching or self._reaching[-1] <= after:
            return ()
        first = bisect_right(self._reaching, after)
        last = len(self._reaching) if until is None else bisect_right(self._reaching, until)
        return self._reaching[first:last]

    def _of_customer(self, customer_id: str | None, seen: Viewpoint) -> Entry | None:
        """The contract in force of a customer; of several the one that began last."""
        if customer_id is None:
            return None
        contracts = self._customers.get(customer_id, {})
        latest = (seen.latest(entries) for entries in contracts.values())
        held = [entry for entry in latest if entry is not None and seen.holds(entry)]
        return max(held, key=lambda entry: entry.place, default=None)

    def _assigned(self, ticket: Attributes, seen: Viewpoint) -> Entry | None:
        """The assignment that fits in most fields; service before category before group."""
        if not self._assignments:
            return None
        for service, category, group in _PRECEDENCE:
            match = (
                ticket.service if service else None,
                ticket.category if category else None,
                ticket.group if group else None,
            )
            if sum(part is not None for part in match) < service + category + group:
                continue
            entry = seen.latest(self._assignments.get(match, ()))
            if seen.holds(entry):
                return entry
        return None

    def _binding_required(self, at: int) -> bool:
        """Whether the tenant wants every ticket bound that is opened at an instant."""
        for entry in reversed(self._settings):
            if entry.effective_from <= at and entry.binding_required is not None:
                return entry.binding_required
        return False


_BINDING = frozenset({Kind.CONTRACT, Kind.ASSIGNMENT, Kind.DEFAULT})
_PRECEDENCE = (
    (True, True, True),
    (True, True, False),
    (True, False, True),
    (False, True, True),
    (True, False, False),
    (False, True, False),
    (False, False, True),
)


def _bound(reason: Reason, entry: Entry, unknown: str | None = None) -> Binding:
    return Binding(
        reason=reason,
        agreement=entry.agreement,
        entry_id=entry.entry_id,
        contract_id=entry.contract_id,
        effective_from=entry.effective_from,
        mode=entry.mode,
        unknown_contract=unknown,
    )
