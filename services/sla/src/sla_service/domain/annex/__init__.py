"""A version of an SLA in words that lawyers and engineers read: the annex to a contract."""
