"""`translator corpus`: its command, and how its results are shown."""
