"""Snapshots are read against the hash that names them: a changed one is refused and alarmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sla_service.domain.contract import Pin
from sla_service.ports import Begin, Desk, Work
from sla_service.usecases.events import snapshot_tampered
from slaclock.contracts.canonical import sha256_hex
from slaclock.errors import Fault, Refusal

__all__ = ["SnapshotTampered", "Tampered", "read_kept", "read_pinned"]

ALARM_EVERY: Final = timedelta(hours=1)


class SnapshotTampered(Refusal):
    """The database does not hold what was published: nothing is answered from it."""

    code = "snapshot.tampered"
    status = 500


@dataclass(frozen=True, slots=True)
class Tampered:
    """The version that *pin* names is not there as it was published.

    Attributes:
        found: SHA-256 of the bytes that are there; None where none are.
    """

    pin: Pin
    found: str | None

    @property
    def refusal(self) -> SnapshotTampered:
        """What the asker is told, after the alarm has been committed."""
        pin = self.pin
        return SnapshotTampered(
            faults=[
                Fault(
                    "snapshot",
                    pin.hash,
                    f"{pin.sla_id} version {pin.version} is kept with SHA-256 {self.found}",
                    "restore the version from a backup, or from the stream AGREEMENT",
                    SnapshotTampered.code,
                )
            ]
        )


async def read_pinned(work: Work, desk: Desk, tenant: str, pin: Pin) -> bytes | Tampered:
    """The snapshot's canonical bytes.

    Where they are not what *pin* names, operators are told (once an hour) when the transaction
    commits: raise the refusal after that.
    """
    kept = await desk.snapshot(tenant, pin.sla_id, pin.version)
    found = None if kept is None else sha256_hex(kept[1])
    if kept is not None and found == pin.hash:
        return kept[1]
    now = await work.now()
    if not await work.noted(tenant, "snapshot.tampered", pin.hash, since=now - ALARM_EVERY):
        await work.emit([snapshot_tampered(tenant, pin, found, now)])
        await work.note(tenant, "sla", "snapshot.tampered", pin.hash, found=found)
    return Tampered(pin, found)


async def read_kept(
    begin: Begin, desk: Desk, tenant: str, sla_id: str, version: int
) -> tuple[str, bytes] | None:
    """Hash and canonical bytes of a version; None where there is none.

    Raises:
        SnapshotTampered: the bytes are not what the hash beside them names; operators are told.
    """
    kept = await desk.snapshot(tenant, sla_id, version)
    if kept is None or sha256_hex(kept[1]) == kept[0]:
        return kept
    async with begin({tenant}) as work:
        found = await read_pinned(work, desk, tenant, Pin(sla_id, version, kept[0]))
    if isinstance(found, Tampered):
        raise found.refusal
    return kept[0], found
