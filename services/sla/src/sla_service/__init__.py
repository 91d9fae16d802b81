"""Versioned SLAs, contracts and assignments."""
