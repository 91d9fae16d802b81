"""The tables that every service has, and one of its own."""

from slaclock.store.migrate import run_piece, run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    for piece in ("base_1", "outbox_1", "parked_1", "inbox_1", "idempotency_1", "audit_1"):
        run_piece(piece)
    run_sql("0001_create_probe.sql")
