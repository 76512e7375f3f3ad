"""`translator compare`: its command, and how its results are shown."""
