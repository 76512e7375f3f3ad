"""`translator train`: its command, and how its results are shown."""
