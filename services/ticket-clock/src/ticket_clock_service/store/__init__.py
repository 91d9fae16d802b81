"""Tickets in PostgreSQL."""
