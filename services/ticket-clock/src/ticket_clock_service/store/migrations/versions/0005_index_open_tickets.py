"""Find the tickets that have an open clock, bound or not."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """An index: nothing has to be filled."""
    run_sql("0005_index_open_tickets.sql")
