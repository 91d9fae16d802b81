"""What is known of a ticket: the fields that clocks take note of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace


class Attributes(Struct, frozen=True, gc=False, omit_defaults=True):
    """Fields of a ticket, in its publisher's opaque words; None where it has none.

    In the order of canonical JSON, in which pictures spell those that are known.

    Attributes:
        customer_impact: what it means to the customer, as its publisher's `attributes` say.
    """

    assignee: str | None = None
    category: str | None = None
    contract_id: str | None = None
    customer_id: str | None = None
    customer_impact: str | None = None
    group: str | None = None
    priority: str | None = None
    service: str | None = None
    status: str | None = None

    def changed(self, changes: Mapping[str, str | None]) -> Attributes:
        """These with *changes* in them; the very same object if nothing differs."""
        changed = replace(self, **changes)
        return self if changed == self else changed


NOTHING_KNOWN = Attributes()

IMPACT_KEYS: Final = ("customer_impact", "impact")
"""Keys of a ticket's `attributes` that tell the impact; the first that says anything counts."""

_LONGEST: Final = 200


def impact_of(attributes: Mapping[str, Any] | None) -> str | None:
    """The impact on the customer that *attributes* tell: a text, or a number written out.

    None where they say nothing of it; what is longer than 200 characters is cut.
    """
    for key in IMPACT_KEYS if attributes else ():
        said = (attributes or {}).get(key)
        if type(said) is int:
            said = str(said)
        if isinstance(said, str) and (said := said.strip()):
            return said[:_LONGEST]
    return None
