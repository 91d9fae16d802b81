"""Clocks as last told, their counts, effects of escalations, agreements by hash."""

from slaclock.store.migrate import run_piece, run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    for piece in ("base_1", "outbox_1", "parked_1", "inbox_1"):
        run_piece(piece)
    run_sql("0001_create_projections.sql")
