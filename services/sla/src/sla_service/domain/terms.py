"""Entries of the terms timeline that are not contracts: default, assignments, status map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sla_service.domain.contract import Mode, Pin
from slaclock import terms
from slaclock.contracts.canonical import content_hash, uuid_of
from slaclock.contracts.instants import rfc3339, to_us
from slaclock.terms import Entry, Kind

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
    def said(self) -> dict[str, Any]:
        """What the audit trail keeps of it."""
        pin = self.pin
        found: dict[str, Any] = {"mode": self.mode}
        if self.kind in {"default", "assignment"}:
            found["sla_id"] = None if pin is None else pin.sla_id
            found["sla_version"] = None if pin is None else pin.version
        for name in ("match", "statuses", "settings"):
            if (value := getattr(self, name)) is not None:
                found[name] = dict(value)
        return found


@dataclass(frozen=True, slots=True)
class TermsEntry:
    """An entry as it is kept for ever; `revision` counts the tenant's entries without a gap."""

    tenant: str
    revision: int
    wanted: Wanted
    recorded_at: datetime
    recorded_by: str

    @property
    def entry(self) -> Entry:
        """The same as everybody's resolution of terms takes it."""
        wanted = self.wanted
        match = wanted.match or {}
        return Entry(
            entry_id=str(self.entry_id),
            kind=Kind(wanted.kind),
            effective_from=to_us(wanted.effective_from),
            recorded=self.revision,
            said=to_us(self.recorded_at),
            mode=terms.Mode(wanted.mode),
            agreement=None if wanted.pin is None else wanted.pin.hash,
            match=(match.get("service"), match.get("category"), match.get("group")),
            statuses={
                status: terms.Category(category)
                for status, category in (wanted.statuses or {}).items()
            },
            binding_required=(wanted.settings or {}).get("binding_required"),
        )

    @property
    def entry_id(self) -> UUID:
        """Always the same for this place in the timeline."""
        return uuid_of("terms", self.tenant, self.revision, self.wanted.says)
