"""Keep the document that a version came from, and add holiday sets."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Additive: what publishes versions without these columns goes on working."""
    run_sql("0002_keep_documents_and_holiday_sets.sql")
