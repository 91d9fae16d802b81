"""Create SLAs, contracts and the other entries of the terms timeline."""

from __future__ import annotations

from slaclock.store.migrate import run_piece, run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Common tables first, then our own."""
    for piece in ("base_1", "outbox_1", "parked_1", "idempotency_1", "audit_1"):
        run_piece(piece)
    run_sql("0001_create_slas.sql")
