"""The embedded runtime: the whole platform on one machine, without containers."""
