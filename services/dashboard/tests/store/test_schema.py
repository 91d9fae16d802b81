from __future__ import annotations

from importlib.resources import as_file, files

from slaclock.store.migrate import Schema
from slaclock.testing.databases import Databases
from slaclock.testing.schema import schema_differences

DASHBOARD = Schema("dashboard", "dashboard_service.store.migrations")


def test_schema_sql_is_what_the_migrations_make(databases: Databases) -> None:
    with as_file(files("dashboard_service.store") / "schema.sql") as path:
        assert schema_differences(databases, DASHBOARD, path) == []
