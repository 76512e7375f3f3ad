"""What happened inside, as named arrays: attention over tokens and words, parameter counts."""
