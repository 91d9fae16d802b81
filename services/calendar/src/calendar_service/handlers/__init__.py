"""Messages in: doorways to the use cases."""
