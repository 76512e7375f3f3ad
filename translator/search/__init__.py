"""Looking for the best translation: greedy and beam search over anything that scores the next token."""
