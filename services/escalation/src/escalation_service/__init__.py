"""Escalations and their deliveries, once in effect."""
