"""One file per migration, each with its SQL beside it."""
