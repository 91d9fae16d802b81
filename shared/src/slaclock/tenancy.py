"""What names a tenant: the same text in subjects, tables, keys and tokens."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from slaclock.errors import Fault, Refusal

__all__ = ["TENANT", "MalformedTenant", "Tenant", "is_tenant", "tenant"]

TENANT = re.compile(r"[a-z0-9-]{1,63}")
"""To be matched in full: `fullmatch`, because `$` would let a final newline pass."""


class MalformedTenant(Refusal):
    """A text that cannot name a tenant."""

    code = "tenant.malformed"

    def __init__(self, found: object, *, field: str = "tenant") -> None:
        super().__init__(
            faults=[
                Fault(
                    field=field,
                    value=found,
                    message="not the name of a tenant",
                    remedy="use 1 to 63 of a-z, 0-9 and -",
                    code=self.code,
                )
            ]
        )


def is_tenant(text: object) -> bool:
    """Whether *text* may name a tenant."""
    return isinstance(text, str) and TENANT.fullmatch(text) is not None


def tenant(text: str) -> str:
    """*text* itself, if it may name a tenant.

    Raises:
        MalformedTenant: it may not.
    """
    if not is_tenant(text):
        raise MalformedTenant(text)
    return text


def _as_value_error(text: str) -> str:
    if not is_tenant(text):
        raise ValueError("not the name of a tenant: use 1 to 63 of a-z, 0-9 and -")
    return text


Tenant = Annotated[str, AfterValidator(_as_value_error)]
"""A field of a pydantic model that names a tenant."""
