"""`translator lens`: its command, and how its results are shown."""
