"""Let nobody add to what was published, nor leave out a number."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """What publishes and assigns without these guards keeps to them already."""
    run_sql("0004_guard_births.sql")
