"""What the dashboard does: keep projections (`projecting`), show figures (`showing`)."""
