"""Named queries: SQL in files, each with a line that says why it is shaped so."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

import aiosql


def load_queries(package: str, *names: str) -> Mapping[str, str]:
    """The queries of `<package>/*.sql` files by name, with positional parameters ($1, $2 ...).

    Args:
        package: the package that holds the files, such as `sla_service.store`.
        names: file names; `queries.sql` when none is given.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: the same query name stands in two files.
    """
    found: dict[str, str] = {}
    for name in names or ("queries.sql",):
        text = files(package).joinpath(name).read_text(encoding="utf-8")
        queries = aiosql.from_str(text, "asyncpg", mandatory_parameters=False)
        for query in queries.available_queries:
            if query.endswith("_cursor"):
                continue
            if query in found:
                raise ValueError(f"query {query!r} stands twice in the SQL of {package}")
            found[query] = getattr(queries, query).sql
    return MappingProxyType(found)
