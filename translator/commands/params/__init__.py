"""`translator params`: its command, and how its results are shown."""
