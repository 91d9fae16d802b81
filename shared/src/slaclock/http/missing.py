"""What is not there, or not the asker's: the answer is the same."""

from __future__ import annotations

from slaclock.contracts.faults import shown
from slaclock.errors import Refusal

__all__ = ["NotFound"]


class NotFound(Refusal):
    """Nothing of that id is visible to who is asking.

    Args:
        kind: such as `calendar`; the code is `<kind>.not-found`.
        found: the id that was asked for.
    """

    status = 404

    def __init__(self, kind: str, found: object) -> None:
        named = f"{kind.replace('-', ' ')} {shown(_told(found))!r}"
        said = f"there is no {named}; check its id, and whose data it is (the tenant)"
        super().__init__(said, code=f"{kind}.not-found")


def _told(found: object) -> object:
    """As the asker wrote it: a UUID is no `UUID(...)` to them."""
    return found if isinstance(found, int) else str(found)
