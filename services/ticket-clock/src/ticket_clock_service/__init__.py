"""Deterministic SLA clocks on tickets."""
