"""The contestants of ``training_peers.py``."""
