"""Alembic's environment: one connection, given by `slaclock.store.migrate.upgrade`."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=None,
    transactional_ddl=True,
    version_table="migration",
)
with context.begin_transaction():
    context.run_migrations()
