"""Compliance, at-risk tickets and escalations."""
