"""The named queries of this service."""

from __future__ import annotations

from slaclock.store.sql import load_queries

SQL = load_queries("escalation_service.store")
"""SQL text by name; `queries.sql` says why each is shaped as it is."""
