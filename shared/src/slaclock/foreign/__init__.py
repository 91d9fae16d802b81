"""Exports of other software: their rows, and their business hours as calendars."""
