"""Calendars of other software, read and written: bytes or JSON in, documents and findings out."""
