"""What is known of a ticket: the fields that clocks take note of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Attributes:
    """Fields of a ticket, in its publisher's opaque words; None where it has none."""

    priority: str | None = None
    status: str | None = None
    customer_id: str | None = None
    contract_id: str | None = None
    assignee: str | None = None
    group: str | None = None
    category: str | None = None
    service: str | None = None

    def changed(self, changes: Mapping[str, str | None]) -> Attributes:
        """These with *changes* in them; the very same object if nothing differs."""
        if all(getattr(self, name) == value for name, value in changes.items()):
            return self
        return replace(self, **changes)


NOTHING_KNOWN = Attributes()
