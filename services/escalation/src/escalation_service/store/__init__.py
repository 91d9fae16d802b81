"""PostgreSQL: rows to domain values and back, under row-level security."""
