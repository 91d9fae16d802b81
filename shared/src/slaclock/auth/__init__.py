"""Who is asking, for which tenant: API keys, tokens, roles, and the guard on every route."""

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
from slaclock.auth.roles import Principal, Role
from slaclock.auth.unauthenticated import Forbidden, Unauthenticated

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
