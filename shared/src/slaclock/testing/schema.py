"""Whether a service's `schema.sql` is what its migrations make: two databases, one catalogue."""

from __future__ import annotations

import uuid
from pathlib import Path

import asyncpg

from slaclock.store.migrate import Schema, provision, with_database
from slaclock.testing.databases import Databases, ServiceLike, run_aside, schema_of

ABOUT = """
WITH relation AS (
  SELECT * FROM pg_class
   WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'migration%'
)
SELECT format('column %s.%s %s%s%s%s', r.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
              ' ' || a.attidentity::text || a.attgenerated::text,
              ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), ''))
  FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
 WHERE r.relkind IN ('r', 'p', 'v', 'm')
UNION ALL
SELECT format('constraint %s %s', r.relname, pg_get_constraintdef(c.oid))
  FROM relation r JOIN pg_constraint c ON c.conrelid = r.oid
UNION ALL
SELECT format('index %s', pg_get_indexdef(r.oid)) FROM relation r WHERE r.relkind IN ('i', 'I')
UNION ALL
SELECT format('trigger %s', pg_get_triggerdef(t.oid))
  FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
UNION ALL
SELECT format('policy %s %s %s %s %s', tablename, policyname, roles, qual, with_check)
  FROM pg_policies WHERE schemaname = 'public'
UNION ALL
SELECT format('table %s owner %s row security %s forced %s', relname, pg_get_userbyid(relowner),
              relrowsecurity, relforcerowsecurity)
  FROM relation WHERE relkind IN ('r', 'p', 'v', 'm')
UNION ALL
SELECT format('grant %s on %s to %s', g.privilege_type, r.relname,
              CASE g.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(g.grantee) END)
  FROM relation r, aclexplode(r.relacl) g
UNION ALL
SELECT format('grant %s (%s) on %s to %s', g.privilege_type, a.attname, r.relname,
              CASE g.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(g.grantee) END)
  FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid, aclexplode(a.attacl) g
UNION ALL
SELECT format('function %s owner %s grants %s', pg_get_functiondef(p.oid),
              pg_get_userbyid(p.proowner), p.proacl)
  FROM pg_proc p
 WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
UNION ALL
SELECT format('schema grants %s', nspacl) FROM pg_namespace WHERE nspname = 'public'
"""


def schema_differences(
    databases: Databases, spec: Schema | ServiceLike, schema_sql: Path
) -> list[str]:
    """What only the migrations make (`-`) and what only *schema_sql* makes (`+`); empty if equal.

    Looks at columns, constraints, indexes, triggers, policies, grants and functions; the order of
    columns does not matter.
    """
    schema = schema_of(spec)
    migrated = databases.create(schema)
    try:
        text = schema_sql.read_text(encoding="utf-8")
        return run_aside(_compare(databases.admin(migrated), schema, text))
    finally:
        databases.drop(migrated)


async def _compare(migrated: str, schema: Schema, text: str) -> list[str]:
    name = f"{schema.service}_written_{uuid.uuid4().hex[:8]}"
    await provision(migrated, schema, database=name)
    written = with_database(migrated, name)
    try:
        connection = await asyncpg.connect(written)
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL ROLE {schema.service}_owner")
                await connection.execute(text)
        finally:
            await connection.close()
        by_migrations, by_text = await _about(migrated), await _about(written)
    finally:
        connection = await asyncpg.connect(migrated)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()
    return [f"- {line}" for line in sorted(by_migrations - by_text)] + [
        f"+ {line}" for line in sorted(by_text - by_migrations)
    ]


async def _about(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return {row[0] for row in await connection.fetch(ABOUT)}
    finally:
        await connection.close()
