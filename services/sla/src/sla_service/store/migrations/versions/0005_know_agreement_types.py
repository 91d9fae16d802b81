"""Know of every version whether it is an SLA, an OLA or an underpinning contract."""

from __future__ import annotations

from slaclock.store.migrate import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """The columns of versions that are there fill themselves."""
    run_sql("0005_know_agreement_types.sql")
