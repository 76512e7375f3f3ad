"""`translator tour`: its command, and how its results are shown."""
