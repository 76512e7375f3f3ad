"""`translator context`: its command, and how its results are shown."""
