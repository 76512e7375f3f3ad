"""`translator bench`: its command, and how its results are shown."""
