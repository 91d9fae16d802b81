"""A PostgreSQL server for a test session, and freshly migrated databases on it."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import pytest

from slaclock.store.migrate import Schema, provision, upgrade, with_database

T = TypeVar("T")
PASSWORD = "test-app"  # noqa: S105 - of databases that live for one test


class PostgresLike(Protocol):
    """A server, whoever runs it."""

    @property
    def admin_dsn(self) -> str:
        """A superuser's address, for asyncpg."""

    def start(self) -> None:
        """Start again, after `stop` or `kill`, with what was committed."""

    def stop(self) -> None:
        """Shut down in order."""

    def kill(self) -> None:
        """Kill the server and its children at once."""


class ForeignPostgres:
    """A server named by the environment: it is not ours to stop."""

    def __init__(self, admin_dsn: str) -> None:
        self.admin_dsn = admin_dsn

    def start(self) -> None:
        """Nothing to do: it runs."""

    def stop(self) -> None:
        """Skip the test that wants this."""
        pytest.skip("the server of SLACLOCK_TEST_POSTGRES_URL is not ours to stop")

    def kill(self) -> None:
        """Skip the test that wants this."""
        pytest.skip("the server of SLACLOCK_TEST_POSTGRES_URL is not ours to kill")


class ServiceLike(Protocol):
    """What a service says of itself: enough to find its migrations."""

    @property
    def name(self) -> str:
        """Kebab-case, such as `ticket-clock`."""

    @property
    def migrations_package(self) -> str:
        """Package whose `versions` hold its migrations."""


class Databases:
    """Makes databases by copying a migrated template, one template per service and session."""

    def __init__(self, server: PostgresLike) -> None:
        self._server = server
        self._templates: dict[Schema, str] = {}

    def create(self, spec: Schema | ServiceLike) -> str:
        """A new database with all migrations of *spec*; the address of its application's role."""
        schema = schema_of(spec)
        name = f"{schema.service}_{uuid.uuid4().hex[:12]}"
        run_aside(self._create(schema, name))
        dsn = with_database(self._server.admin_dsn, name, user=f"{schema.service}_app")
        if self._password is None:
            return dsn
        parts = urlsplit(dsn)
        user, _, host = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{user}:{quote(self._password)}@{host}"))

    def admin(self, dsn: str) -> str:
        """The superuser's address of the database at *dsn*."""
        return with_database(self._server.admin_dsn, urlsplit(dsn).path.lstrip("/"))

    def drop(self, dsn: str) -> None:
        """Remove the database at *dsn*, whoever is still connected to it."""
        run_aside(self._execute(f"DROP DATABASE IF EXISTS {urlsplit(dsn).path[1:]} WITH (FORCE)"))

    def drop_templates(self) -> None:
        """Remove what `create` copied from."""
        for name in self._templates.values():
            run_aside(self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        self._templates.clear()

    @property
    def _password(self) -> str | None:
        """A password for the application's role where the server asks for one (TCP)."""
        return PASSWORD if urlsplit(self._server.admin_dsn).password else None

    async def _create(self, schema: Schema, name: str) -> None:
        if schema not in self._templates:
            template = f"{schema.service}_template_{uuid.uuid4().hex[:8]}"
            await provision(
                self._server.admin_dsn, schema, database=template, password=self._password
            )
            await upgrade(self._server.admin_dsn, schema, database=template)
            self._templates[schema] = template
        template = self._templates[schema]
        await self._execute(
            f"CREATE DATABASE {name} TEMPLATE {template} OWNER {schema.service}_owner"
        )
        await provision(self._server.admin_dsn, schema, database=name, password=self._password)

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server.admin_dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def schema_of(spec: Schema | ServiceLike) -> Schema:
    """The schema of a service, or *spec* itself if it is one."""
    if isinstance(spec, Schema):
        return spec
    return Schema(spec.name.replace("-", "_"), spec.migrations_package)


def run_aside(work: Coroutine[Any, Any, T]) -> T:
    """Run *work* in a thread with a loop of its own: fixtures serve sync and async tests alike."""
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001 - raised again by the caller, below
            errors.append(error)

    thread = threading.Thread(target=run, name="test databases")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return answers[0]
