"""Create what escalation keeps: agreements, announcements, escalations, deliveries, attempts."""

from slaclock.store.migrate import run_piece, run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Shared pieces first, then the service's own tables."""
    for piece in ("base_1", "outbox_1", "parked_1", "audit_1"):
        run_piece(piece)
    run_sql("0001_create_escalations.sql")
