"""Forward-only migrations, in SQL."""
