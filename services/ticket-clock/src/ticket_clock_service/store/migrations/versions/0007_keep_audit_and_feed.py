"""An audit that seals itself, what escalation did of a ticket, and tickets that nothing binds."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Columns with defaults, and tables of their own: the code of before runs on."""
    run_sql("0007_keep_audit_and_feed.sql")
