"""`translator evaluate`: its options, its command, and its report."""
