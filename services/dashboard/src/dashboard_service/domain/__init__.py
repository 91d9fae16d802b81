"""What the dashboard knows and how it counts: values and decisions, no I/O."""
