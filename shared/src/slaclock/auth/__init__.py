"""Who is asking, for which tenant: API keys, tokens, roles, and the guard on every route."""

from typing import TYPE_CHECKING

from slaclock.auth.roles import Principal, Role
from slaclock.auth.unauthenticated import Forbidden, Unauthenticated
from slaclock.lazily import offering

if TYPE_CHECKING:
    from slaclock.auth.guard import (
        Authenticator,
        ByAdmin,
        ByManager,
        ByService,
        ByTechnician,
        ByViewer,
        CredentialAuthenticator,
        public,
        requires,
        unguarded,
    )

__all__ = [
    "Authenticator",
    "ByAdmin",
    "ByManager",
    "ByService",
    "ByTechnician",
    "ByViewer",
    "CredentialAuthenticator",
    "Forbidden",
    "Principal",
    "Role",
    "Unauthenticated",
    "public",
    "requires",
    "unguarded",
]

_ELSEWHERE = ("Forbidden", "Principal", "Role", "Unauthenticated")
__getattr__ = offering(__name__, {name: "guard" for name in __all__ if name not in _ELSEWHERE})
