"""`translator translate`: its command, and how its results are shown."""
