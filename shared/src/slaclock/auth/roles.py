"""Who may do what: the roles, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from slaclock.tenancy import tenant

__all__ = ["Principal", "Role"]


class Role(StrEnum):
    """What a credential may do. Viewer to admin include each other; service stands apart."""

    VIEWER = "viewer"
    TECHNICIAN = "technician"
    MANAGER = "manager"
    ADMIN = "admin"
    SERVICE = "service"

    def covers(self, needed: Role) -> bool:
        """Whether a holder of this role may do what *needed* may."""
        if Role.SERVICE in (self, needed):
            return self is needed
        return _RANK[self] >= _RANK[needed]


_RANK: Final = {Role.VIEWER: 0, Role.TECHNICIAN: 1, Role.MANAGER: 2, Role.ADMIN: 3}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, as the credential says; nothing else in a request names a tenant.

    Attributes:
        tenant: whose data is seen and changed.
        role: what may be done with it.
        name: of the person or system, for audit rows: an API key's id, or a token's `sub`.
    """

    tenant: str
    role: Role
    name: str

    def __post_init__(self) -> None:
        tenant(self.tenant)
