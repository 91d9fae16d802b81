"""Messages in: one module for each durable consumer."""
