"""What a calendar says, and what its versions are: values and decisions, no I/O."""
