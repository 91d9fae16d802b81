"""All that decides a ticket's clocks beside its facts: the terms, and the agreements they name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from slaclock.terms import Binding, Reason, Terms
from ticket_clock_service.domain.attributes import Attributes
from ticket_clock_service.domain.clock import Agreements


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Terms of a tenant, with the agreements that they name."""

    terms: Terms
    agreements: Agreements

    def binding(self, ticket: Attributes, *, opened: int, now: int | None = None) -> Binding:
        """As `Terms.binding`; pending while the agreement that decides has not arrived."""
        binding = self.terms.binding(ticket, opened=opened, now=now)
        if binding.agreement is None or binding.agreement in self.agreements:
            return binding
        return replace(binding, reason=Reason.PENDING, agreement=None, missing=binding.agreement)
