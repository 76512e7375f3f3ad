"""One result, many writers."""
