"""A service's database: its roles, and its migrations (SQL, forward only, run by Alembic)."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

import asyncpg
from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

if TYPE_CHECKING:
    from sqlalchemy import Connection

_IDENTIFIER = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
_MIGRATION_LOCK = 7_239_461_153


@dataclass(frozen=True, slots=True)
class Schema:
    """Whose tables these are.

    Attributes:
        service: prefix of the roles, such as `ticket_clock`; the usual database name, too.
        migrations: package whose `versions` folder holds the migrations.
    """

    service: str
    migrations: str

    def __post_init__(self) -> None:
        if not _IDENTIFIER.match(self.service):
            raise ValueError(f"not a database identifier: {self.service!r}")


def with_database(dsn: str, database: str, *, user: str | None = None) -> str:
    """*dsn* for another database, and another *user* (who keeps no password of the former)."""
    parts = urlsplit(dsn)
    netloc = parts.netloc
    if user is not None:
        netloc = f"{quote(user)}@{netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{database}"))


def sqlalchemy_url(dsn: str) -> str:
    """The same address in SQLAlchemy's dialect; a socket directory stays a query parameter."""
    parts = urlsplit(dsn)
    known = parse_qs(parts.query)
    query = "&".join(f"{name}={quote(value[0], safe='/')}" for name, value in known.items())
    return urlunsplit(parts._replace(scheme="postgresql+asyncpg", query=query))


async def provision(
    admin_dsn: str, schema: Schema, *, database: str | None = None, password: str | None = None
) -> None:
    """Create the roles and the database of a service where they are missing.

    Args:
        admin_dsn: a superuser's address (any database of that server).
        schema: whose.
        database: name, the service's own when None.
        password: of the login role; unchanged when None (peer or trust authentication).
    """
    name = database or schema.service
    if not _IDENTIFIER.match(name):
        raise ValueError(f"not a database identifier: {name!r}")
    roles = files("slaclock.store").joinpath("roles.sql").read_text(encoding="utf-8")
    connection = await asyncpg.connect(admin_dsn)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _MIGRATION_LOCK)
            await connection.execute(roles.replace("{service}", schema.service))
            if password is not None:
                literal = await connection.fetchval("SELECT quote_literal($1::text)", password)
                await connection.execute(f"ALTER ROLE {schema.service}_app PASSWORD {literal}")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            try:
                await connection.execute(f"CREATE DATABASE {name} OWNER {schema.service}_owner")
            except asyncpg.DuplicateDatabaseError:  # another starter was faster: the same end
                return
        await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        await connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {schema.service}_app")
    finally:
        await connection.close()


async def upgrade(admin_dsn: str, schema: Schema, *, database: str | None = None) -> str:
    """Run all migrations that the database has not seen, as its owner; answers the head revision.

    Safe to call from several starters at once: one works, the others find nothing to do.
    """
    dsn = with_database(admin_dsn, database or schema.service)
    engine = create_async_engine(sqlalchemy_url(dsn), poolclass=NullPool)
    try:
        with as_file(files("slaclock.store").joinpath("alembic_env")) as environment:
            config = _config(schema, environment)
            async with engine.begin() as connection:
                await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
                await connection.exec_driver_sql(f"SET LOCAL ROLE {schema.service}_owner")
                await connection.run_sync(_upgrade, config)
            return ScriptDirectory.from_config(config).get_current_head() or ""
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config(schema: Schema, environment: Path) -> Config:
    found = find_spec(schema.migrations)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"no migrations package {schema.migrations!r}")
    versions = Path(next(iter(found.submodule_search_locations))) / "versions"
    config = Config()
    config.set_main_option("script_location", str(environment).replace("%", "%%"))
    config.set_main_option("version_locations", str(versions).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["service"] = schema.service
    return config


def run_sql(name: str) -> None:
    """In a migration: run the SQL file *name* that lies beside it."""
    caller = inspect.stack()[1].filename
    _run((Path(caller).parent / name).read_text(encoding="utf-8"))


def run_piece(name: str) -> None:
    """In a migration: create tables that all services have, such as `outbox_1`.

    A piece never changes once released: a later shape is another piece.
    """
    _run(files("slaclock.store").joinpath("pieces", f"{name}.sql").read_text(encoding="utf-8"))


def _run(text: str) -> None:
    """Many statements at once, in Alembic's transaction, `{service}` replaced in role names."""
    config = op.get_context().config
    if config is None:
        raise RuntimeError("migrations run through slaclock.store.migrate.upgrade")
    bind = op.get_bind()
    bind.exec_driver_sql("SELECT 1")  # SQLAlchemy begins lazily: the driver must be inside, too
    driver = bind.connection.driver_connection
    if driver is None:
        raise RuntimeError("the migration's connection is closed")
    await_only(driver.execute(text.replace("{service}", config.attributes["service"])))
