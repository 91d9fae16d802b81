"""What an announcement orders, who is told, and when: values and decisions, no I/O."""
