"""`translator embed`: its command, and how its results are shown."""
