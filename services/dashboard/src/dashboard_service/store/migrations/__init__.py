"""Migrations of the dashboard's database: SQL, forward only."""
