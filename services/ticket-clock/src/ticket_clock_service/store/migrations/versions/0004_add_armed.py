"""What wake-up backends have been told."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Empty at first: the armer looks at every ticket that has a next instant."""
    run_sql("0004_add_armed.sql")
