"""`translator align-eval`: its command, and how its results are shown."""
