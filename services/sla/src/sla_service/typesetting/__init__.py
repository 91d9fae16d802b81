"""An annex as a file: HTML, and PDF."""
