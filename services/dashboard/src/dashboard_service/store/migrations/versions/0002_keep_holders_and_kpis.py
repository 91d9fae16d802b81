"""Keep who held a cycle's ticket when it was decided, KPIs of roles, and more of what is told."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Columns with defaults and a table: what runs meanwhile does not notice."""
    run_sql("0002_keep_holders_and_kpis.sql")
