"""A table for the made-up services."""

from slaclock.store.migrate import run_sql

revision = "0001_make_thing"
down_revision = None


def upgrade() -> None:
    """Create it."""
    run_sql("0001_make_thing.sql")
