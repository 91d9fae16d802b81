"""Refusals of credentials: 401 where nobody is known, 403 where somebody may not."""

from __future__ import annotations

from collections.abc import Iterable

from slaclock.auth.roles import Role
from slaclock.errors import Refusal

__all__ = ["Forbidden", "Unauthenticated"]


class Unauthenticated(Refusal):
    """The request carries no credential that tells who is asking."""

    code = "credential.missing"
    status = 401

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=code)

    @property
    def headers(self) -> dict[str, str]:
        """What RFC 6750 asks of the answer."""
        error = "" if self.code == "credential.missing" else ', error="invalid_token"'
        return {"WWW-Authenticate": f'Bearer realm="slaclock"{error}'}


class Forbidden(Refusal):
    """Who is asking is known, and may not do this."""

    code = "role.insufficient"
    status = 403

    def __init__(self, held: Role, needed: Iterable[Role]) -> None:
        names = " or ".join(needed)
        super().__init__(
            f"this needs the role {names}, and the credential has {held}; ask with one that has it"
        )
