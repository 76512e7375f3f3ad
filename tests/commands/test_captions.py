"""What pictures and tables say is Portuguese where the program speaks it: no caption, title or heading is left over."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from examples import SENTENCES
from spoken import left_in_english

from translator.draw import language

Run = Callable[..., tuple[int, str, str]]
SENTENCE = SENTENCES[0][0]
# Names that are the same in both languages, or no words at all.
ALIKE = re.compile(r"EN→PT|PT→EN|byte|embedding|unembedding|rollout|total|Softmax|softmax|e\^\(s - max\)|[▁<].*")
COMMANDS = [
    ("attend", SENTENCE),
    ("attend", SENTENCE, "--view", "table"),
    ("attend", SENTENCE, "--view", "links"),
    ("attend", SENTENCE, "--view", "grid"),
    ("attend", SENTENCE, "--level", "token", "--kind", "encoder"),
    ("attend", SENTENCE, "--kind", "decoder"),
    ("attend", SENTENCE, "--weights", "rollout"),
    ("similar", SENTENCE, SENTENCES[1][0]),
    ("similar", SENTENCE, SENTENCES[1][0], "--at", "encoder"),
    ("tokens", f"{SENTENCE} Ж"),
    ("layers", SENTENCE, "--sublayers"),
    ("next", SENTENCE, "--temperature", "2"),
    ("params",),
    ("params", "--preset", "gpt3"),
    ("trace", SENTENCE),
    ("trace", SENTENCE, "--kind", "encoder"),
    ("trace", SENTENCE, "--kind", "decoder"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_captions_have_portuguese(command: tuple[str, ...], run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    translate, depth, english = language._in_portuguese, [0], []

    def heard(text: str, *, typed: bool = False) -> str:
        depth[0] += 1
        said = translate(text, typed=typed)
        depth[0] -= 1
        if depth == [0] and said == text and re.search("[A-Za-z]{2}", text) and not ALIKE.fullmatch(text):
            english.append(text)
        return said

    monkeypatch.setattr(language, "_in_portuguese", heard)
    code, out, err = run("--lang", "pt", *command)
    assert (code, err) == (0, "")
    assert out
    assert english == []


def test_a_caption_is_told_part_by_part_and_json_stays_english(run: Run) -> None:
    language.speak("pt")
    assert language.told("H = entropy, bits · layer 2/7  cosine") == "H = entropia, em bits · camada 2/7  cosseno"
    language.speak("en")
    assert language.told("H = entropy, bits") == "H = entropy, bits"
    language.speak(None)
    assert "where the decoder looked" in run("--lang", "pt", "attend", SENTENCE, "--json")[1]


LOOKS = [
    *COMMANDS,
    ("attend", SENTENCES[0], "--check", "--weights", "norm"),
    ("embed", "faroleiro", "--analogy", "lighthouse:farol::boats:barquinhos"),
    ("context", "mel", SENTENCES[3], "Sua mel."),
    ("translate", SENTENCES[0], "--attention"),
    ("translate", "Esto es español y no quiere salir de la casa."),
    ("align", SENTENCES[0], "--picture"),
]


@pytest.mark.parametrize("command", LOOKS, ids=lambda command: " ".join(command))
def test_looking_inside(command: tuple[str, ...], run: Run) -> None:
    """What these draw are a text's own words."""
    own = " ".join([*SENTENCES, *command]).casefold()
    assert left_in_english(lambda language: "".join(map(str, run("--lang", language, *command)[1:])), own) == ""
