"""What the linter looks for, by the part of the file that it looks at."""
