"""The corpus doctor: what is wrong with parallel text, and the same text without it."""

from translator.corpus.doctor.exam import Plan, examine, hold_out, plan_for
from translator.corpus.doctor.fix import Fixed, fix
from translator.corpus.doctor.kinds import KINDS, NAMES, Kind
from translator.corpus.doctor.likelihood import Judge, Likelihood
from translator.corpus.doctor.report import LENGTHS, RATIOS, Examination, Example, advice

__all__ = [
    "KINDS",
    "LENGTHS",
    "NAMES",
    "RATIOS",
    "Examination",
    "Example",
    "Fixed",
    "Judge",
    "Kind",
    "Likelihood",
    "Plan",
    "advice",
    "examine",
    "fix",
    "hold_out",
    "plan_for",
]
