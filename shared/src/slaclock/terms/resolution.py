"""Terms at an instant: the agreement that decides a cycle, and the reason.

A tenant's terms are a timeline of entries. At an instant, of the entries about one thing the one
with the latest `effective_from` holds; of two with the same, the one that was said later.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from msgspec import Struct

from slaclock.terms.category import DEFAULTS, Category, normal
from slaclock.terms.course import course_of
from slaclock.terms.entry import Entry, Kind, Match, Mode


class Ticket(Protocol):
    """The fields of a ticket that terms look at."""

    @property
    def contract_id(self) -> str | None:
        """The contract that the ticket names."""
        ...

    @property
    def customer_id(self) -> str | None:
        """Whose ticket it is."""
        ...

    @property
    def service(self) -> str | None:
        """The service concerned."""
        ...

    @property
    def category(self) -> str | None:
        """What sort of ticket it is; not the meaning of its status."""
        ...

    @property
    def group(self) -> str | None:
        """Who works on it."""
        ...


_BINDING: Final = frozenset({Kind.CONTRACT, Kind.ASSIGNMENT, Kind.DEFAULT})
PRECEDENCE: Final = (
    (True, True, True),
    (True, True, False),
    (True, False, True),
    (False, True, True),
    (True, False, False),
    (False, True, False),
    (False, False, True),
)
"""Which of service, category and group an assignment names: the first that fits decides."""


class Reason(StrEnum):
    """Why a cycle is bound as it is."""

    TICKET_CONTRACT = "ticket_contract"
    CUSTOMER_CONTRACT = "customer_contract"
    ASSIGNMENT = "assignment"
    DEFAULT = "default"
    NONE = "none"
    PENDING = "pending"


class Binding(Struct, frozen=True, gc=False, array_like=True):
    """The agreement that decides a cycle, and why it is this one.

    In the order in which ticket-clock stores it: another one is another version of its fold.

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


class Viewpoint(Struct, frozen=True, gc=False):
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
    _customers: dict[str, list[list[Entry]]]
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
        assignments: dict[Match, list[Entry]] = defaultdict(list)
        defaults: list[Entry] = []
        settings: list[Entry] = []
        statuses: dict[str, list[tuple[int, Category | None]]] = defaultdict(list)
        reaching: set[int] = set()
        for entry in sorted(entries, key=lambda entry: entry.place):
            match entry.kind:
                case Kind.CONTRACT:
                    contracts[entry.contract_id or ""].append(entry)
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
        courses = {name: course_of(found) for name, found in contracts.items()}
        return cls(
            ready=ready,
            _contracts=courses,
            _customers=_by_customer(courses),
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

    def meanings(self, status: str) -> Sequence[tuple[int | None, Category | None]]:
        """What `category` answers for *status*, and from which instant on; None: from always."""
        key = normal(status)
        found: dict[int | None, Category | None] = {None: DEFAULTS.get(key)}
        for effective_from, category in self._statuses.get(key, ()):
            found[effective_from] = category or DEFAULTS.get(key)
        return tuple(found.items())

    def only(self, agreement: str) -> Terms:
        """Terms that bind every cycle opened since 1970 to *agreement*; statuses mean the same."""
        entry = Entry(
            entry_id="only",
            kind=Kind.DEFAULT,
            effective_from=0,
            recorded=0,
            agreement=agreement,
        )
        return replace(
            self,
            _contracts={},
            _customers={},
            _assignments={},
            _defaults=[entry],
            _settings=[],
            _reaching=[],
        )

    def binding(self, ticket: Ticket, *, opened: int, now: int | None = None) -> Binding:
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
        held = [
            entry
            for course in self._customers.get(customer_id, ())
            if (entry := seen.latest(course)) is not None
            and seen.holds(entry)
            and entry.customer_id == customer_id
        ]
        return max(held, key=lambda entry: entry.place, default=None)

    def _assigned(self, ticket: Ticket, seen: Viewpoint) -> Entry | None:
        """The assignment that fits in most fields; service before category before group."""
        if not self._assignments:
            return None
        for service, category, group in PRECEDENCE:
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
        """Whether the tenant wants every ticket bound that is opened at an instant.

        So it is where nobody said otherwise: a ticket that no agreement measures is seen at once.
        """
        for entry in reversed(self._settings):
            if entry.effective_from <= at and entry.binding_required is not None:
                return entry.binding_required
        return True


def _by_customer(courses: _Timeline) -> dict[str, list[list[Entry]]]:
    """The contracts of each customer, also those that were once theirs."""
    found: dict[str, dict[str, list[Entry]]] = defaultdict(dict)
    for contract_id, course in courses.items():
        for entry in course:
            found[entry.customer_id or ""][contract_id] = course
    return {customer: list(held.values()) for customer, held in found.items()}


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
