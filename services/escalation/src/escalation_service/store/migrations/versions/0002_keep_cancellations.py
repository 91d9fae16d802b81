"""Keep that the clock of an announcement was called off."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """A column of its own: a retraction corrects what was told, this does not."""
    run_sql("0002_keep_cancellations.sql")
