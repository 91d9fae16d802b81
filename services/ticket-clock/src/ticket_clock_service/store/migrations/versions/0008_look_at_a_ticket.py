"""One statement tells all that an answer about a ticket needs."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """A function; nobody calls it yet."""
    run_sql("0008_look_at_a_ticket.sql")
