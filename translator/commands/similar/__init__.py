"""`translator similar`: its command, and how its results are shown."""
