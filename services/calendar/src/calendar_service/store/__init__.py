"""PostgreSQL: what people edit through SQLModel (`desk`), the rest by hand-written SQL (`work`)."""
