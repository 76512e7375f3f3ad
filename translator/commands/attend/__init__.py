"""`translator attend`: its command, and how its results are shown."""
