"""`translator sheet`: its command, and how its results are shown."""
