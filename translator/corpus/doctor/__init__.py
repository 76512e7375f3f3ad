"""The corpus doctor: what is wrong with parallel text, and the same text without it."""
