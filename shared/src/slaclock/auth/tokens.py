"""JSON Web Tokens of an identity provider, checked against its published keys (JWKS)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Protocol

import httpx
import jwt
import structlog

from slaclock.auth.roles import Principal, Role
from slaclock.auth.unauthenticated import Unauthenticated
from slaclock.contracts.faults import shown
from slaclock.errors import Refusal
from slaclock.tenancy import is_tenant

__all__ = ["KeysUnavailable", "TokenVerifier"]

log = structlog.get_logger(__name__)

ALGORITHMS: Final = frozenset({"RS256", "ES256", "EdDSA"})
LEEWAY: Final = timedelta(seconds=60)
FRESH: Final = 600.0
"""Seconds for which fetched keys are used without asking again."""
STALE: Final = 86_400.0
"""Seconds for which they are used while the provider does not answer."""
REFETCH: Final = 60.0
"""Least seconds between fetches because of an unknown key id or after a failure."""
_LONGEST: Final = 8192


class KeysUnavailable(Refusal):
    """The identity provider's keys cannot be fetched, so no token can be judged."""

    code = "token.keys-unavailable"
    status = 503

    def __init__(self) -> None:
        super().__init__("the identity provider does not answer; try again shortly")


class _Now(Protocol):
    def __call__(self) -> float: ...


class TokenVerifier:
    """Knows who a token speaks for.

    Args:
        jwks_url: where the provider publishes its keys.
        audience: `aud` that tokens must carry.
        issuer: `iss` that tokens must carry; any when None (the keys are what is trusted).
        now: monotonic seconds.
        client: for tests; a new one per fetch when None.
    """

    def __init__(
        self,
        jwks_url: str,
        *,
        audience: str,
        issuer: str | None = None,
        now: _Now | None = None,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self._url, self._audience, self._issuer = jwks_url, audience, issuer
        self._now = now or (lambda: asyncio.get_running_loop().time())
        self._client = client
        self._keys: Mapping[str | None, jwt.PyJWK] = {}
        self._fetched: float | None = None
        self._tried: float | None = None
        self._lock = asyncio.Lock()

    async def principal(self, token: str) -> Principal:
        """Who *token* speaks for.

        Raises:
            Unauthenticated: nobody: malformed, unsigned by the provider, expired, or incomplete.
            KeysUnavailable: the provider has never answered, or not for a day.
        """
        if len(token) > _LONGEST:
            raise Unauthenticated("token.malformed", "the token is too long")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise Unauthenticated("token.malformed", "not a JSON Web Token") from error
        if header.get("alg") not in ALGORITHMS:
            raise Unauthenticated(
                "token.algorithm", f"tokens are signed with {', '.join(sorted(ALGORITHMS))}"
            )
        key = await self._key(header.get("kid"))
        if key is None or key.algorithm_name != header["alg"]:
            raise Unauthenticated("token.signature", "the token's key is not one of the provider's")
        return _principal(self._claims(token, key))

    def _claims(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub", "tenant"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated(
                "token.expired", "the token has expired; get a new one"
            ) from error
        except jwt.MissingRequiredClaimError as error:
            raise Unauthenticated(
                "token.claim-missing", f"the token has no {error.claim}"
            ) from error
        except (jwt.InvalidAudienceError, jwt.InvalidIssuerError) as error:
            raise Unauthenticated(
                "token.not-for-us", f"the token is not for this platform: {error}"
            ) from error
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise Unauthenticated(
                "token.invalid", f"the token cannot be accepted: {error}"
            ) from error

    async def _key(self, kid: str | None) -> jwt.PyJWK | None:
        async with self._lock:
            now = self._now()
            stale = self._fetched is None or now - self._fetched > FRESH
            unknown = kid not in self._keys
            if (stale or unknown) and (self._tried is None or now - self._tried >= REFETCH):
                await self._fetch(now)
            if self._fetched is None or self._now() - self._fetched > STALE:
                raise KeysUnavailable
            return self._keys.get(kid)

    async def _fetch(self, now: float) -> None:
        self._tried = now
        try:
            document = await self._download()
            keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(document).keys}
        except (httpx.HTTPError, jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
            log.warning("jwks_unavailable", url=self._url, reason=str(error) or repr(error))
            return
        self._keys, self._fetched = keys, now

    async def _download(self) -> dict[str, Any]:
        if self._client is not None:
            answer = await self._client.get(self._url)
        else:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                answer = await client.get(self._url)
        document: dict[str, Any] = answer.raise_for_status().json()
        return document


def _principal(claims: Mapping[str, Any]) -> Principal:
    tenant, role, subject = claims["tenant"], claims.get("role"), claims["sub"]
    if not is_tenant(tenant):
        raise Unauthenticated("token.claim-malformed", "the token's tenant is malformed")
    if not isinstance(role, str) or role not in frozenset(Role):
        raise Unauthenticated(
            "token.claim-malformed", f"the token's role is none of {', '.join(Role)}"
        )
    return Principal(tenant, Role(role), shown(subject, most=200))
