"""Words that stand alone: whether each is a word, which is translated, or a name, which is copied.

With nothing around it the model takes a word for a name, or makes a word of a name. What tells them apart is the way
back: a word's translation, translated back, is the word again; of a name it makes something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from translator.config import Direction
from translator.search.hypothesis import Hypothesis
from translator.text.casing import Casing
from translator.text.lists import word_list
from translator.translation.prepare import Prepared
from translator.translation.result import Segment

# Of 576 everyday words that were copied 80 are translated with these, most of them right; of 1,500 names 4 are. (With
# the word as the third or fourth that comes back, eleven more; but also "Cookies", which is "cozinhas" then.)
_ANOTHER = 0.6  # likeness of two spellings, below which they are two words
_GUESSED, _LIKELY = -3.0, -2.3  # scores below which a translation is made up, and has to come back before all others
# With these 270 wrong translations of everyday words and 21 of 56 of names become copies, and 25 right ones.
_DOUBTFUL = -1.5  # score below which what does not come back is made up …
_STRANGE = 3.0  # … if the word is as strange as this
_SHORTEST = 3  # letters
_BACK: dict[Direction, Direction] = {"en-pt": "pt-en", "pt-en": "en-pt"}
_MARKS = ".!?…"

Search = Callable[[Sequence[str], Sequence[Direction]], list[list[Hypothesis]]]


@dataclass(frozen=True)
class LoneWord:
    """A word alone that was only copied, or whose translation is doubtful."""

    index: int  # of its segment
    way: Direction
    small: Prepared  # without its capital
    segment: Segment

    @property
    def is_copy(self) -> bool:
        """Whether it was only copied."""
        return self.segment.target == self.segment.source


def lone_words(
    flat: Sequence[tuple[Prepared, Direction]], segments: Sequence[Segment], strangeness: Callable[[str], float]
) -> Iterator[LoneWord]:
    """The words alone of which it has to be asked what they are."""
    for index, ((prepared, way), segment) in enumerate(zip(flat, segments, strict=True)):
        word = segment.source.rstrip(_MARKS)
        is_one = word.isalpha() and (word.istitle() or word.islower()) and len(word) >= _SHORTEST
        if is_one and not prepared.spans and not prepared.is_part:
            casing: Casing = "first" if word.istitle() else "ordinary"
            found = LoneWord(index, way, replace(prepared, text=segment.source.lower(), casing=casing), segment)
            is_doubtful = segment.hypotheses[0].score < _DOUBTFUL and strangeness(word) >= _STRANGE
            if (found.is_copy or is_doubtful) and word.lower() not in word_list("in both"):
                yield found


def settled(
    words: Sequence[LoneWord], search: Search, text: Callable[[Hypothesis], str]
) -> Iterator[tuple[LoneWord, Sequence[Hypothesis]]]:
    """Those whose translation is to change: what a copied word becomes, and nothing where it is to be copied.

    ``search`` translates texts, each in its direction; ``text`` is what a hypothesis says.
    """
    copies = [word for word in words if word.is_copy]
    again = iter(search([word.small.text for word in copies], [word.way for word in copies]))
    asked = [(word, _other(word, next(again), text) if word.is_copy else word.segment.hypotheses) for word in words]
    asked = [(word, hypotheses) for word, hypotheses in asked if hypotheses]
    back = search([text(said[0]).lower() for _, said in asked], [_BACK[word.way] for word, _ in asked])
    for (word, said), returned in zip(asked, back, strict=True):
        forms = [text(one).lower().rstrip(_MARKS) for one in returned]
        form = word.small.text.rstrip(_MARKS)
        if word.is_copy and form in forms[: 1 if said[0].score < _LIKELY else 2]:
            yield word, said
        elif not word.is_copy and form not in forms:
            yield word, []


def _other(word: LoneWord, hypotheses: Sequence[Hypothesis], text: Callable[[Hypothesis], str]) -> Sequence[Hypothesis]:
    """The ``hypotheses`` from the first that is no copy on, if it is another word: names are only changed a little."""
    form = word.small.text.rstrip(_MARKS)
    for rank, hypothesis in enumerate(hypotheses):
        said = text(hypothesis).lower().rstrip(_MARKS)
        if said != form:
            like = 1.0 if form in said else SequenceMatcher(None, form, said, autojunk=False).ratio()
            return hypotheses[rank:] if like < _ANOTHER and hypothesis.score > _GUESSED and hypothesis.ended else []
    return []
