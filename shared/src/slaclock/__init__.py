"""slaclock: SLA clocks in business time, reproducible and able to explain themselves."""
