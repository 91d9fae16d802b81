"""HTTP in: doorways to the use cases."""
