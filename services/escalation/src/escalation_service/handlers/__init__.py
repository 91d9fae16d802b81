"""Messages in, and the loops that wake by themselves."""
