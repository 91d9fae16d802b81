"""One module per command; each offers `register(app)`."""
