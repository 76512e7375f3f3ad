"""Scores that carry their recipe: BLEU, chrF2++ and TER by sacreBLEU, and what a model makes of a dev set."""
