"""Migrations: SQL, forward only."""
