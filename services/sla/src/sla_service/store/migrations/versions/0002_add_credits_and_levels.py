"""Keep the credits of versions, and all that their escalation rules say, row by row."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Versions that are there say nothing of these: no row has to be filled."""
    run_sql("0002_add_credits_and_levels.sql")
