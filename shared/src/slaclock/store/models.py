"""SQLModel sessions for what people edit: one tenant, one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from slaclock.store.migrate import sqlalchemy_url


def open_engine(dsn: str, *, application: str, pool_size: int = 5) -> AsyncEngine:
    """An engine that connects when first used, and again after an outage."""
    return create_async_engine(
        sqlalchemy_url(dsn),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={
            "server_settings": {
                "application_name": application,
                "timezone": "UTC",
                "statement_timeout": "30s",
                "lock_timeout": "10s",
            }
        },
    )


@asynccontextmanager
async def session_of(engine: AsyncEngine, tenant: str) -> AsyncIterator[AsyncSession]:
    """A session in one transaction that sees *tenant* only; commits when the block ends.

    Raises:
        ValueError: *tenant* is empty.
    """
    if not tenant:
        raise ValueError("a transaction names the tenant that it may see")
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        await session.execute(
            text("SELECT set_config('app.tenants', :tenant, true)"), {"tenant": tenant}
        )
        yield session
