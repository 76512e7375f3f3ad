"""Parallel files → sentence pairs → padded batches."""
