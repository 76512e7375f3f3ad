"""`translator embed`, `similar` and `context`: their commands, and how results are shown."""
