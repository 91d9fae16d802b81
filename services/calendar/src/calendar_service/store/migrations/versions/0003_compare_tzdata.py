"""Keep which versions were compared with which tzdata release, so that findings are told once."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Additive."""
    run_sql("0003_compare_tzdata.sql")
