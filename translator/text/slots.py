"""Slots: characters that stand for what must come through a translation unchanged.

A slot is a private-use character and one piece of the vocabulary. In training, a word that both sides of a pair share
(a name, a number, a file name) is now and then replaced by a slot on both sides; so the model learns to carry a slot
to where the word belongs, whatever it stands for. At translation a URL, a word to keep or a term of a glossary goes
in as a slot and is put back afterwards, character by character as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from translator.text.late import late

SLOTS = tuple(chr(0xE000 + k) for k in range(10))
_SLOT = late(f"[{SLOTS[0]}-{SLOTS[-1]}]")
_SPACED = late(f" ?{_SLOT.pattern}")


def slots_in(text: str) -> list[str]:
    """The slots of ``text``, in order."""
    return _SLOT.findall(text)


def is_filled(text: str, slots: Sequence[str]) -> bool:
    """Whether ``text`` holds each of ``slots`` exactly once, and no other slot."""
    return sorted(slots_in(text)) == sorted(slots)


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with each slot replaced by its value; a slot without one vanishes, with the space before it."""
    if not _SLOT.search(text):
        return text
    text = _SPACED.sub(lambda m: m.group() if m.group()[-1] in values else "", text)
    return _SLOT.sub(lambda m: values[m.group()], text)


def shown(text: str) -> str:
    """``text`` with each slot, which has no glyph, as its number."""
    return "".join(f"⟨{SLOTS.index(c) + 1}⟩" if c in SLOTS else c for c in text)
