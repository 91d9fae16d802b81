"""Load, decide, keep, tell: one module for each thing that the service does."""
