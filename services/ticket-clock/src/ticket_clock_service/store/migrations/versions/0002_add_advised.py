"""Which advisories were promised."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Those of before are not filled in: told a second time at worst, if delivered again."""
    run_sql("0002_add_advised.sql")
