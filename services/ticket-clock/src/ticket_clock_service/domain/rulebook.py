"""All that decides a ticket's clocks beside its facts: the terms, and the agreements they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from slaclock.terms import Binding, Entry, Reason, Terms, divided
from ticket_clock_service.domain.agreement import COURSES, Metric
from ticket_clock_service.domain.attributes import Attributes
from ticket_clock_service.domain.clock import Agreements
from ticket_clock_service.domain.course import Moment

_ALWAYS: Final = frozenset({Metric.FIRST_RESPONSE, Metric.RESOLUTION})
_NONE: Final = Terms.of(())


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Terms of a tenant, with the agreements that they name. Make it with `of`.

    Attributes:
        terms: what was promised to customers.
        agreements: all that the terms name, as far as they have arrived.
        owners: the OLAs: what groups have promised each other.
        metrics: those that a ticket may have clocks of. `next_reply` and `periodic_update` are
            among them only if an agreement has a target for them: others pay nothing for them.
        begins: moments after the opening at which cycles may begin.
    """

    terms: Terms
    agreements: Agreements
    owners: Terms = _NONE
    metrics: tuple[Metric, ...] = field(init=False)
    begins: frozenset[Moment] = field(init=False)

    def __post_init__(self) -> None:
        measured = _ALWAYS.union(*(one.metrics for one in self.agreements.values()))
        courses = [COURSES, *(one.courses for one in self.agreements.values())]
        begins = frozenset().union(
            *(course[metric].begins for course in courses for metric in measured)
        )
        object.__setattr__(self, "metrics", tuple(one for one in Metric if one in measured))
        object.__setattr__(self, "begins", begins)

    @classmethod
    def of(
        cls, entries: Iterable[Entry], agreements: Agreements, *, ready: bool = True
    ) -> Rulebook:
        """The rulebook of a tenant's *entries*, in any order.

        An assignment of an OLA binds no customer: it measures the group that it is for. One that
        takes an agreement away takes away either.
        """
        groups = {
            name: agreement.owner_group
            for name, agreement in agreements.items()
            if agreement.owner_group is not None
        }
        promised, owned = divided(entries, groups)
        owners = Terms.of(owned) if any(entry.agreement for entry in owned) else _NONE
        return cls(Terms.of(promised, ready=ready), agreements, owners)

    def binding(self, ticket: Attributes, *, opened: int, now: int | None = None) -> Binding:
        """As `Terms.binding`; pending while the agreement that decides has not arrived."""
        binding = self.terms.binding(ticket, opened=opened, now=now)
        if binding.agreement is None or binding.agreement in self.agreements:
            return binding
        return replace(binding, reason=Reason.PENDING, agreement=None, missing=binding.agreement)

    def owner_binding(self, ticket: Attributes, *, opened: int, now: int | None = None) -> Binding:
        """The OLA of the group that has the ticket; of reason `none` if it has none."""
        if self.owners is not _NONE and ticket.group is not None:
            binding = self.owners.binding(ticket, opened=opened, now=now)
            agreement = self.agreements.get(binding.agreement or "")
            if agreement is not None and agreement.owner_group == ticket.group:
                return binding
        return UNOWNED

    def reaching(self, after: int, until: int | None = None) -> Sequence[int]:
        """Instants in (after, until] at which entries take effect that reach open cycles."""
        promised = self.terms.reaching(after, until)
        if self.owners is _NONE or not (owned := self.owners.reaching(after, until)):
            return promised
        return sorted({*promised, *owned})


UNOWNED: Final = Binding(Reason.NONE)
"""No OLA measures the group that has the ticket."""
