"""What the doctor can find in a parallel file: each kind with its meaning and what is done about it."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Kind(NamedTuple):
    """A kind of finding. ``cure`` is what ``--fix`` does unless told otherwise."""

    name: str
    meaning: str
    cure: Literal["drop", "repair", "keep"]


KINDS = (
    Kind("columns", "not two columns, or a row that cannot be read", "drop"),
    Kind("empty", "one side holds nothing a reader sees", "drop"),
    Kind("encoding", "bytes that are not UTF-8, U+FFFD, or mojibake beyond repair", "drop"),
    Kind("mojibake", "UTF-8 read as another encoding (Ã§ for ç); certain to repair", "repair"),
    Kind("swapped", "English in the Portuguese column and Portuguese in the English one", "repair"),
    Kind("long", "a side has too many words for training", "drop"),
    Kind("language", "a third language, or one language on both sides", "drop"),
    Kind("copy", "untranslated: both sides say the same, and not only names", "drop"),
    Kind("length", "the sides' lengths do not go together (Gale & Church 1993)", "drop"),
    Kind("shifted", "a run of lines that fits the neighbour's translation better", "drop"),
    Kind("misaligned", "hardly a word of the English is found in the Portuguese", "drop"),
    Kind("leak", "a side stands in a dev or test file, letter by letter", "drop"),
    Kind("near-leak", "a side stands there but for case, punctuation or digits", "drop"),
    Kind("duplicate", "the same pair stood here before", "drop"),
    Kind("near-duplicate", "the same pair before, but for case, punctuation or digits", "keep"),
    Kind("translations", "a sentence that stood here before, translated otherwise", "keep"),
    Kind("numbers", "a number of one side is missing on the other", "keep"),
    Kind("markup", "tags, entities, LaTeX commands or the like", "keep"),
    Kind("control", "control or bidirectional-layout characters", "keep"),
    Kind("unnormalised", "Unicode that is not in normal form C", "keep"),
)
"""Every kind; the first that is dropped is the reason told. A pair may have several."""

NAMES = tuple(kind.name for kind in KINDS)
BIT = {name: 1 << index for index, name in enumerate(NAMES)}
DROPPED = frozenset(kind.name for kind in KINDS if kind.cure == "drop")
