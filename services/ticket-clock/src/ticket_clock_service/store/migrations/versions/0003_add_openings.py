"""Openings of tickets by their instants."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Facts of other kinds stay out of the index."""
    run_sql("0003_add_openings.sql")
