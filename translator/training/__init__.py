"""Loss, optimisers, schedule, and the loop that yields records and prints nothing."""
