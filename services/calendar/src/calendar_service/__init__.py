"""Versioned, immutable business calendars."""
