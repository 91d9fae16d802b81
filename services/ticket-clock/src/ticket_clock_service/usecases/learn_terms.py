"""New terms are only stored; the sweep brings tickets up to them afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ticket_clock_service.ports import TermsWork


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A published SLA version.

    Attributes:
        body: canonical bytes, whose SHA-256 is *hash* (checked where they came in).
    """

    tenant: str
    hash: str
    sla_id: str
    version: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a tenant's terms, as told.

    Attributes:
        said_at: when its publisher said so (UTC).
        content_hash: the same entry told again is the same; changed content is a new entry.
    """

    tenant: str
    entry_id: str
    kind: str
    effective_from: datetime
    said_at: datetime
    mode: str
    content_hash: str
    body: dict[str, Any]


async def learn(work: TermsWork, told: Sequence[Snapshot | Entry]) -> int:
    """Keep snapshots and entries; answers how many entries are new.

    Snapshots first: an entry may name one of the same batch. A snapshot that terms have waited for
    puts the tenant's tickets behind, as a new entry does. The tenants are locked before anything is
    read: of a snapshot and an entry that are learnt at once, the later one sees the other.
    """
    revisions, recorded_at = await work.lock_terms({one.tenant for one in told})
    waited = await work.keep_snapshots([one for one in told if isinstance(one, Snapshot)])
    entries = [one for one in told if isinstance(one, Entry)]
    changed = {tenant: revisions[tenant] + 1 for tenant in waited}
    known = await work.known_terms(entries)
    fresh: list[tuple[int, Entry]] = []
    for entry in entries:
        identity = (entry.tenant, entry.entry_id, entry.content_hash)
        if identity in known:
            continue
        known.add(identity)
        changed[entry.tenant] = changed.get(entry.tenant, revisions[entry.tenant]) + 1
        fresh.append((changed[entry.tenant], entry))
    if changed:
        await work.keep_terms(fresh, changed, recorded_at)
    return len(fresh)
