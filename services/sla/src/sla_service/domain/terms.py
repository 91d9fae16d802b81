"""Entries of the terms timeline that are not contracts: default, assignments, status map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from sla_service.domain.contract import Mode, Pin
from slaclock.contracts.canonical import content_hash, uuid_of
from slaclock.contracts.instants import rfc3339

__all__ = ["EntryKind", "TermsEntry", "Wanted"]

EntryKind: TypeAlias = Literal["default", "assignment", "status_map", "settings"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an entry is to say.

    Attributes:
        pin: for `default` and `assignment`; None binds nothing from then on.
        match: for `assignment`: the fields that a ticket must carry.
        statuses: for `status_map`: the tenant's whole map.
        settings: for `settings`.
    """

    kind: EntryKind
    effective_from: datetime
    mode: Mode = "keep"
    pin: Pin | None = None
    match: Mapping[str, str] | None = None
    statuses: Mapping[str, str] | None = None
    settings: Mapping[str, bool] | None = None

    @property
    def place(self) -> str:
        """What this entry replaces from its instant on: entries of one place follow another."""
        return content_hash([self.kind, dict(self.match or {})])

    @property
    def says(self) -> str:
        """Hash of everything that it says, so that the same wish is known again."""
        pin = self.pin
        return content_hash(
            [
                self.place,
                rfc3339(self.effective_from),
                self.mode,
                None if pin is None else pin.hash,
                None if self.statuses is None else dict(self.statuses),
                None if self.settings is None else dict(self.settings),
            ]
        )

    @property
    def meaning(self) -> str:
        """The same without the instant: what changes for tickets."""
        pin = self.pin
        return content_hash(
            [
                None if pin is None else pin.hash,
                None if self.statuses is None else dict(self.statuses),
                None if self.settings is None else dict(self.settings),
            ]
        )


@dataclass(frozen=True, slots=True)
class TermsEntry:
    """An entry as it is kept for ever; `revision` counts the tenant's entries without a gap."""

    tenant: str
    revision: int
    wanted: Wanted
    recorded_at: datetime
    recorded_by: str

    @property
    def entry_id(self) -> UUID:
        """Always the same for this place in the timeline."""
        return uuid_of("terms", self.tenant, self.revision, self.wanted.says)
