"""SLA policies of other software, read and written: JSON in, SLA files and findings out."""
