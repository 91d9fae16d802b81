"""Wake-ups by Temporal: imported only where this backend is chosen and its extra installed."""
