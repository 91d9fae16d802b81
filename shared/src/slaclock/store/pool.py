"""Connections, and the one way to open a transaction: by naming the tenants it may see."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import orjson
import stamina
import structlog

from slaclock.tenancy import is_tenant

if TYPE_CHECKING:
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = (
        asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    )
else:
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection

OUTAGES: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InsufficientResourcesError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
"""What passes by waiting: the database is away, starting, full or busy with somebody else."""

log = structlog.get_logger(__name__)


async def open_pool(  # noqa: PLR0913  what a pool may differ in
    dsn: str,
    *,
    application: str,
    min_size: int = 1,
    max_size: int = 10,
    patience: float | None = None,
    spotless: bool = False,
) -> Pool:
    """A pool to *dsn*, once the database answers.

    Args:
        dsn: `postgresql://user@/database?host=/socket/dir` or with host and port.
        application: shown in `pg_stat_activity`.
        min_size: connections kept open.
        max_size: connections at most; callers wait for a free one.
        patience: seconds after which to give up; for ever when None.
        spotless: connections are used for `ask` alone, which leaves nothing behind in a session;
            so they are not cleaned after each use, which costs another statement.

    Raises:
        OSError, asyncpg.PostgresError: not reachable within *patience*.
    """
    async for attempt in stamina.retry_context(
        on=OUTAGES, attempts=None, timeout=patience, wait_initial=0.1, wait_max=5.0
    ):
        with attempt:
            return await asyncpg.create_pool(
                dsn,
                min_size=min_size,
                max_size=max_size,
                init=_prepare,
                reset=_nothing if spotless else None,
                timeout=10,
                command_timeout=60,
                server_settings={
                    "application_name": application,
                    "timezone": "UTC",
                    "statement_timeout": "30s",
                    "lock_timeout": "10s",
                    "idle_in_transaction_session_timeout": "60s",
                },
            )
    raise AssertionError("retry_context either returns or raises")


async def _prepare(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """JSON columns come and go as Python values."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, encoder=_encode_json, decoder=orjson.loads, schema="pg_catalog"
        )


async def _nothing(_: Connection) -> None:
    """What is left to clean where nothing was left behind."""


def _encode_json(value: Any) -> str:
    return orjson.dumps(value).decode()


@asynccontextmanager
async def begin(
    pool: Pool, tenants: Collection[str], *, role: str | None = None, steady: bool = False
) -> AsyncIterator[Connection]:
    """A transaction that sees the rows of *tenants* and no others.

    Commits when the block ends, rolls everything back when it raises.

    Args:
        pool: where to take the connection from.
        tenants: never empty: row-level security would show nothing, without an error.
        role: taken on for this transaction only, such as `sla_relay`.
        steady: for reading only; every statement sees what the first one saw.

    Raises:
        ValueError: *tenants* is empty, or one of them is no tenant's name.
    """
    if not tenants:
        raise ValueError("a transaction names the tenants that it may see")
    if not all(map(is_tenant, tenants)):  # a comma in a name would let two others in
        raise ValueError(f"not names of tenants: {sorted(tenants)!r}")
    async with _transaction(pool, steady=steady) as connection:
        await connection.execute(
            "SELECT set_config('app.tenants', $1, true),"
            " set_config('role', coalesce($2, 'none'), true)",
            ",".join(sorted(tenants)),
            role,
        )
        yield connection


@asynccontextmanager
async def begin_as(pool: Pool, role: str) -> AsyncIterator[Connection]:
    """A transaction as *role*, which sees all tenants of the few tables that it may touch."""
    async with _transaction(pool) as connection:
        await connection.execute("SELECT set_config('role', $1, true)", role)
        yield connection


async def ask(pool: Pool, query: str, *values: Any) -> asyncpg.Record | None:
    """The first row that *query* finds: one statement, and a transaction of its own.

    It sees rows of no tenant, unless it calls a function that says whose it looks at.
    """
    async with _connection(pool) as connection:
        return await connection.fetchrow(query, *values)


@asynccontextmanager
async def _transaction(pool: Pool, *, steady: bool = False) -> AsyncIterator[Connection]:
    """A connection inside a transaction; one that dies meanwhile counts as an outage."""
    async with (
        _connection(pool) as connection,
        connection.transaction(isolation="repeatable_read" if steady else None, readonly=steady),
    ):
        yield connection


@asynccontextmanager
async def _connection(pool: Pool) -> AsyncIterator[Connection]:
    """A connection; one that dies meanwhile counts as an outage.

    asyncpg reports a closed connection and a mistake of the caller by the same class.
    """
    async with pool.acquire() as connection:
        try:
            yield connection
        except asyncpg.InterfaceError as error:
            if _is_lost(connection):
                raise ConnectionResetError("the database connection was lost") from error
            raise


def _is_lost(connection: Connection) -> bool:
    """Whether a connection of the pool that is in use has died.

    One that died between two statements has left the pool, and answers nothing any more.
    """
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True
