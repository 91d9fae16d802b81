"""Load, decide, keep, promise."""
