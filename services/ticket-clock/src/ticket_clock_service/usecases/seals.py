"""Whether the audit of a ticket is as it was written: every row under the seal of the last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slaclock.contracts.canonical import canonical
from slaclock.contracts.instants import to_us
from ticket_clock_service.domain.audit import seal_of
from ticket_clock_service.ports import AuditRow, Ticket
from ticket_clock_service.usecases.damage import Finding, finding

__all__ = ["broken_seals", "resealed"]


def resealed(row: AuditRow, before: bytes | None) -> bytes:
    """The seal that *row* must have after a row whose seal is *before*."""
    return seal_of(
        before,
        named=(*row.ticket, row.revision),
        recorded_us=to_us(row.recorded_at),
        terms_revision=row.terms_revision,
        cause=row.cause,
        because=canonical(row.because),
        changes=canonical(row.changes),
    )


def broken_seals(ticket: Ticket, rows: Sequence[AuditRow]) -> Iterator[Finding]:
    """Rows that are not what was written, or do not follow the row before them.

    Rows from before audits were sealed have no seal; from the first that has one, all have.
    """
    before: bytes | None = None
    for row in rows:
        if row.seal is None and before is None:
            continue
        right = resealed(row, before)
        if row.seal != right:
            stored = None if row.seal is None else row.seal.hex()
            yield finding(ticket, f"seal of revision {row.revision}", stored, right.hex())
        before = row.seal or right
    if before != ticket.seal:
        stored, right_hex = (None if one is None else one.hex() for one in (ticket.seal, before))
        yield finding(ticket, "seal of the audit", stored, right_hex)
