"""`translator align`: its command, and how its results are shown."""
