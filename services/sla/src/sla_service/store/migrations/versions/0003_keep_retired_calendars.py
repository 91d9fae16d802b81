"""Know which calendar versions went out of use, and find the audit trail of one subject."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Retirements arrive from the stream."""
    run_sql("0003_keep_retired_calendars.sql")
