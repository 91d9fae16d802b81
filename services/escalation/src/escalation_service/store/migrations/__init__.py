"""Migrations of the escalation database: SQL, forward only."""
