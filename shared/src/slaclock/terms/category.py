"""What a ticket's status means to its clocks."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Final

from slaclock.contracts.statuses import DEFAULT_STATUSES


class Category(StrEnum):
    """The meaning of a status, whatever word the publisher uses for it."""

    OPEN = "open"
    WAITING_ON_CUSTOMER = "waiting_on_customer"
    WAITING_ON_THIRD_PARTY = "waiting_on_third_party"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def ends(self) -> bool:
        """Whether work on the ticket is over."""
        return self in _ENDED


_ENDED: Final = frozenset({Category.RESOLVED, Category.CLOSED, Category.CANCELLED})


@lru_cache(maxsize=4096)  # tenants have a few words each, and every fact asks
def normal(status: str) -> str:
    """A status as it is compared: letter case, outer space and `_` or `-` for a space are one."""
    return " ".join(status.replace("_", " ").replace("-", " ").split()).casefold()


DEFAULTS: Final[dict[str, Category]] = {
    normal(status): Category(category)
    for status, category in (*DEFAULT_STATUSES.items(), *((c.value, c.value) for c in Category))
}
"""Words of the common help desks, used where a tenant's own map does not name a status."""
