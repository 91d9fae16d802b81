"""What can go wrong between a client and the platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

__all__ = [
    "ApiDenied",
    "ApiFault",
    "ApiRefusal",
    "ApiUnreachable",
    "InvalidInput",
    "SlaClientError",
    "faults_of",
]


class SlaClientError(Exception):
    """Any failure of `SlaClient` and `SLAService`."""


class ApiUnreachable(SlaClientError):  # noqa: N818 - a state, not a mistake
    """The platform does not answer, is not ready, or fails; the same request may succeed later.

    Attributes:
        retry_after: how long the platform asked to be left alone; None where it did not say.
    """

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class ApiFault:
    """One thing that is wrong with a request, or with what is known of a ticket.

    Attributes:
        field: where; empty where no single field is meant.
        value: what stood there.
        message: what is wrong with it.
        remedy: what to do instead.
        code: stable, where there is one; the sentences may change.
    """

    field: str
    value: Any
    message: str
    remedy: str
    code: str = ""

    def __str__(self) -> str:
        """Everything on one line, for logs and terminals."""
        found = "" if self.value is None else f" (found {self.value!r})"
        return f"{self.field or 'document'}: {self.message}{found}; {self.remedy}"


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
        self.faults = faults_of(document.get("errors"))
        listed = "; ".join(map(str, self.faults)) if len(self.faults) > 1 else ""
        super().__init__(f"{detail}: {listed} ({code})" if listed else f"{detail} ({code})")


class ApiDenied(ApiRefusal):
    """The credential is unknown or expired (401), or may not do this (403); never tried again."""


class InvalidInput(SlaClientError, ValueError):  # noqa: N818 - as the others
    """A request that could not have an answer, so it was not sent.

    Attributes:
        faults: all that is wrong, with what to write instead.
    """

    def __init__(self, faults: Iterable[ApiFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "; ".join(
                f"{one.field} = {one.value!r}: {one.message}; {one.remedy}" for one in self.faults
            )
        )


def faults_of(listed: object) -> tuple[ApiFault, ...]:
    """The faults of an answer; what is none is left out."""
    return tuple(
        ApiFault(
            str(one.get("field", "")),
            one.get("value"),
            str(one.get("message", "")),
            str(one.get("remedy", "")),
            str(one.get("code", "")),
        )
        for one in (listed if isinstance(listed, list | tuple) else [])
        if isinstance(one, Mapping)
    )
