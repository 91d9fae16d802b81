"""The dashboard's PostgreSQL: projections in (`work`), figures out (`view`)."""
