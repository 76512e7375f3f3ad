"""The corpus doctor: what is wrong with parallel text, and the same text without it."""

from translator.data.doctor.exam import Plan, examine, hold_out, plan_for
from translator.data.doctor.fix import Fixed, fix
from translator.data.doctor.kinds import KINDS, NAMES, Kind
from translator.data.doctor.report import LENGTHS, RATIOS, Examination, Example, advice

__all__ = [
    "KINDS",
    "LENGTHS",
    "NAMES",
    "RATIOS",
    "Examination",
    "Example",
    "Fixed",
    "Kind",
    "Plan",
    "advice",
    "examine",
    "fix",
    "hold_out",
    "plan_for",
]
