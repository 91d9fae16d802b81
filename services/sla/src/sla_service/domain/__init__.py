"""What an SLA says, what contracts and assignments bind: values and decisions, no I/O."""
