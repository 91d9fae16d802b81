"""The snapshot of an SLA: its file with all defaults and its calendars, named by a hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sla_service.domain.agreement import Agreement
from slaclock.business_time import ZoneFiles, seal
from slaclock.contracts.canonical import canonical, content_hash, sha256_hex
from slaclock.contracts.instants import rfc3339

__all__ = ["SealedCalendar", "Snapshot", "assemble", "content_of"]


@dataclass(frozen=True, slots=True)
class SealedCalendar:
    """A calendar's snapshot, with its zone inside.

    Attributes:
        calendar_id, version: of a published calendar; None for one written into the SLA file.
        retired: whether the published version went out of use.
    """

    document: Mapping[str, Any]
    hash: str
    calendar_id: str | None = None
    version: int | None = None
    retired: bool = False

    @classmethod
    def inline(
        cls, document: Mapping[str, Any], *, sla_id: str, name: str, files: ZoneFiles
    ) -> SealedCalendar:
        """A valid calendar of the SLA file, sealed under a name of its own."""
        draft = {**document, "name": document.get("name") or name}
        sealed = seal(draft, calendar_id=f"{sla_id}.{name}", version=1, files=files)
        return cls(sealed, content_hash(sealed))

    @property
    def meaning(self) -> dict[str, Any]:
        """What it computes: the same under another tzdata release is the same."""
        return {key: value for key, value in self.document.items() if key != "tzdata"}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A version of an SLA as it is kept for ever and sent to others."""

    document: Mapping[str, Any]
    body: bytes
    hash: str


def content_of(agreement: Agreement, calendars: Mapping[str, SealedCalendar]) -> str:
    """Hash of what a publication would mean: equal content is the same version."""
    return content_hash(
        {
            **agreement.document(),
            "calendars": {name: sealed.meaning for name, sealed in calendars.items()},
        }
    )


def assemble(
    agreement: Agreement,
    calendars: Mapping[str, SealedCalendar],
    *,
    version: int,
    effective_from: datetime,
) -> Snapshot:
    """The snapshot of *version*: deterministic, so that its hash names it.

    Args:
        agreement: what is published.
        calendars: sealed, by the names that the agreement's targets use.
        version: its number.
        effective_from: as the author stated it, else the instant of publication.
    """
    document = {
        **agreement.document(),
        "version": version,
        "effective_from": rfc3339(effective_from),
        "calendars": {
            name: {
                "hash": sealed.hash,
                "calendar_id": sealed.calendar_id,
                "version": sealed.version,
            }
            for name, sealed in calendars.items()
        },
        "calendar_snapshots": {sealed.hash: dict(sealed.document) for sealed in calendars.values()},
    }
    body = canonical(document)
    return Snapshot(document, body, sha256_hex(body))
