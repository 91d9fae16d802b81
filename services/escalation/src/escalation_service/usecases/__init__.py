"""Load, decide, keep, publish."""
