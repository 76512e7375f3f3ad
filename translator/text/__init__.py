"""Strings ⇄ subword ids, without torch: normalisation, SentencePiece, words, direction."""
