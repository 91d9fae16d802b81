"""What can go wrong between a client and the platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ApiFault", "ApiRefusal", "ApiUnreachable", "SlaClientError"]


class SlaClientError(Exception):
    """Any failure of `SlaClient`."""


class ApiUnreachable(SlaClientError):  # noqa: N818 - a state, not a mistake
    """The platform does not answer, is not ready, or fails; the same request may succeed later."""


@dataclass(frozen=True, slots=True)
class ApiFault:
    """One thing that was wrong with a request."""

    field: str
    value: Any
    message: str
    remedy: str


class ApiRefusal(SlaClientError):  # noqa: N818 - an answer, not a mistake
    """The platform said no, and will say it again.

    Attributes:
        status: of HTTP.
        code: stable; the sentence may change.
        faults: what was wrong with which field.
        document: the whole answer.
    """

    def __init__(self, status: int, code: str, detail: str, document: Mapping[str, Any]) -> None:
        self.status, self.code, self.document = status, code, document
        self.faults = _faults(document.get("errors"))
        super().__init__(f"{detail} ({code})")


def _faults(listed: object) -> tuple[ApiFault, ...]:
    return tuple(
        ApiFault(
            str(one.get("field", "")),
            one.get("value"),
            str(one.get("message", "")),
            str(one.get("remedy", "")),
        )
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, Mapping)
    )
