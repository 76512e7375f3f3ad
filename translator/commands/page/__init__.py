"""`translator page`: its command, and how its results are shown."""
