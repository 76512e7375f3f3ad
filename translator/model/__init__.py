"""The Transformer, written by hand: attention, layers, checkpoints, parameter counts."""
