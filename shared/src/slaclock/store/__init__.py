"""PostgreSQL as every service uses it: pools, tenant transactions, migrations, named queries.

Hand-written SQL over asyncpg where machines compete (`pool`, `sql`), SQLModel over SQLAlchemy where
people edit (`models`). One transaction uses one of the two.
"""

from slaclock.store.pool import OUTAGES, Connection, Pool, ask, begin, open_pool
from slaclock.store.sql import load_queries

__all__ = ["OUTAGES", "Connection", "Pool", "ask", "begin", "load_queries", "open_pool"]
