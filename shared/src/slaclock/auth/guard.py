"""Default deny: every route says who may call it, and a test can find those that do not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Protocol, TypeVar

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.routing import Mount

from slaclock.auth.keyring import Keyring
from slaclock.auth.keys import looks_like_key
from slaclock.auth.roles import Principal, Role
from slaclock.auth.tokens import TokenVerifier
from slaclock.auth.unauthenticated import Forbidden, Unauthenticated
from slaclock.settings import PlatformSettings

__all__ = [
    "Authenticator",
    "ByAdmin",
    "ByManager",
    "ByService",
    "ByTechnician",
    "ByViewer",
    "CredentialAuthenticator",
    "public",
    "requires",
    "unguarded",
]

_GUARD: Final = "slaclock_roles"
_PUBLIC: Final = "slaclock_public"
_Bearer = Annotated[
    HTTPAuthorizationCredentials | None,
    Depends(HTTPBearer(auto_error=False, description="an API key, or a token (JWT)")),
]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Authenticator(Protocol):
    """Tells who a bearer credential belongs to."""

    async def principal(self, credential: str) -> Principal:
        """Raises `Unauthenticated` where the credential tells nobody."""
        ...


class CredentialAuthenticator:
    """API keys from the keys file, and tokens where an identity provider is configured."""

    def __init__(self, keyring: Keyring, tokens: TokenVerifier | None = None) -> None:
        self._keyring, self._tokens = keyring, tokens

    @classmethod
    def from_settings(cls, settings: PlatformSettings) -> CredentialAuthenticator:
        """As the environment says."""
        tokens = None
        if settings.jwks_url:
            tokens = TokenVerifier(
                settings.jwks_url, audience=settings.jwt_audience, issuer=settings.jwt_issuer
            )
        return cls(Keyring(settings.api_keys_file), tokens)

    async def principal(self, credential: str) -> Principal:
        """Who asks with *credential*, now.

        Raises:
            Unauthenticated: nobody that is known.
            KeysUnavailable: the identity provider's keys cannot be had.
        """
        if looks_like_key(credential) or self._tokens is None:
            return self._keyring.principal(credential, datetime.now(UTC))
        return await self._tokens.principal(credential)


def requires(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """A dependency: one of *roles*, or a role that covers one of them.

    Raises:
        ValueError: no role is named.
    """
    if not roles:
        raise ValueError("requires() names at least one role; use @public for nobody in particular")

    async def principal(request: Request, bearer: _Bearer) -> Principal:
        credential = bearer.credentials.strip() if bearer else ""
        if not credential:
            raise Unauthenticated(
                "credential.missing", "send `Authorization: Bearer` with an API key or a token"
            )
        authenticator: Authenticator = request.app.state.authenticator
        who = await authenticator.principal(credential)
        request.state.principal = who
        if not any(who.role.covers(role) for role in roles):
            raise Forbidden(who.role, roles)
        return who

    setattr(principal, _GUARD, roles)
    return principal


ByViewer = Annotated[Principal, Depends(requires(Role.VIEWER))]
ByTechnician = Annotated[Principal, Depends(requires(Role.TECHNICIAN))]
ByManager = Annotated[Principal, Depends(requires(Role.MANAGER))]
ByAdmin = Annotated[Principal, Depends(requires(Role.ADMIN))]
ByService = Annotated[Principal, Depends(requires(Role.SERVICE))]


def public(endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint that everybody may call: health, metrics, static pages."""
    setattr(endpoint, _PUBLIC, True)
    return endpoint


def unguarded(app: FastAPI, *, public_mounts: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Routes of *app* that neither `requires` a role nor are `public`; a test shows there are none.

    Args:
        app: with all its routers.
        public_mounts: paths of mounted applications (static files) that everybody may read.
    """
    return tuple(sorted(_unguarded(app, public_mounts)))


def _unguarded(app: FastAPI, public_mounts: frozenset[str]) -> Iterator[str]:
    for found in iter_route_contexts(app.routes):
        path = found.path or "?"
        if isinstance(found.original_route, Mount):
            if path not in public_mounts:
                yield f"MOUNT {path}"
            continue
        if getattr(found.endpoint, _PUBLIC, False) or path == app.openapi_url:
            continue
        if _roles(getattr(found, "dependant", None)):
            continue
        yield f"{','.join(sorted(found.methods or ())) or 'ANY'} {path}"


def _roles(dependant: Dependant | None) -> tuple[Role, ...]:
    if dependant is None:
        return ()
    found: tuple[Role, ...] = getattr(dependant.call, _GUARD, ())
    for child in dependant.dependencies:
        found = found or _roles(child)
    return found
