from __future__ import annotations

from importlib.resources import as_file, files

from slaclock.testing.databases import Databases
from slaclock.testing.schema import schema_differences
from ticket_clock_service.main import service


def test_schema_sql_is_what_the_migrations_make(databases: Databases) -> None:
    with as_file(files("ticket_clock_service.store") / "schema.sql") as path:
        assert schema_differences(databases, service(), path) == []
