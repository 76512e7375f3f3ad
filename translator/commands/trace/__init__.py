"""`translator trace`: its command, and how its results are shown."""
