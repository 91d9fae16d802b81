"""PostgreSQL: what people edit through SQLModel (`desk`), publishing by hand-written SQL (`work`)."""
