"""Walks through all alarms, planned for all of them."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Looks at what is due soon keep the function that they had."""
    run_sql("0006_walk_alarms_by_hash.sql")
