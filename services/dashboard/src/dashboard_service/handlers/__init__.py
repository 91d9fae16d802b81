"""Messages in: decoded, handed to the use cases, and how far behind that is."""
