"""The interactive session without a terminal: a line in, replies out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from examples import SENTENCES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from translator import Translator
from translator.commands.prompt.session import Session, State, Translated, answer, command, find_command
from translator.commands.prompt.session_commands import COMMANDS
from translator.config import SearchConfig
from translator.draw.language import speak
from translator.errors import TranslatorError, UsageError

EN, PT = SENTENCES[0], SENTENCES[1]


@pytest.fixture(scope="module")
def translator(trained: Path) -> Translator:
    return Translator.load(trained)


@pytest.fixture
def session(translator: Translator) -> Session:
    return Session(lambda: translator)


def said(session: Session, text: str) -> list[str]:
    """What came back, as text: targets, messages, and errors with their hints."""
    found = []
    for reply in answer(session, text):
        if isinstance(reply, Translated):
            found.append(reply.translation.target)
        elif isinstance(reply, str):
            found.append(reply)
        else:
            found.append(f"error: {reply.message} / {reply.hint}")
    return found


def test_a_line_gets_what_every_other_way_gets(session: Session, translator: Translator) -> None:
    for line in [*SENTENCES, "Honey and boats.", "  mel!  ", f"{EN} {PT}"]:
        assert said(session, line) == [translator.translate(line).target]


def test_a_paste_is_translated_line_by_line_and_blank_lines_stay(session: Session) -> None:
    assert said(session, f"{EN}\n\n  \r\n{PT}\n") == [PT, "", "  ", EN]
    numbers = [reply.line for reply in answer(session, f"{EN}\n\n{PT}") if isinstance(reply, Translated)]
    assert numbers == [1, 2, 3]


def test_nothing_in_a_paste_is_a_command(session: Session, translator: Translator) -> None:
    assert said(session, f":quit\n{EN}") == [translator.translate(":quit").target, PT]
    assert said(session, f"{EN}\n::x")[1] == translator.translate("::x").target
    assert not session.ended


@pytest.mark.parametrize("text", ["", "   ", "\n", "\n \n", "\t"])
def test_nothing_typed_nothing_said(session: Session, text: str) -> None:
    assert said(session, text) == []


def test_two_colons_begin_a_text_with_one(session: Session, translator: Translator) -> None:
    assert said(session, "::quit") == [translator.translate(":quit").target]
    assert said(session, ":::)") == [translator.translate("::)").target]
    assert not session.ended


def test_the_prompt_shows_the_direction(session: Session) -> None:
    assert session.prompt == "auto> "
    said(session, PT)
    assert session.prompt == "auto pt→en> "
    said(session, ":swap")
    assert session.prompt == "en→pt> "
    said(session, ":swap")
    assert session.prompt == "pt→en> "
    said(session, ":from en")
    assert session.prompt == "en→pt> "
    said(session, ":to en")
    assert session.prompt == "pt→en> "
    said(session, ":auto")
    assert session.prompt == "auto pt→en> "


def test_the_direction_holds(session: Session, translator: Translator) -> None:
    said(session, ":to en")
    assert said(session, EN) == [translator.translate(EN, "pt-en").target]
    said(session, ":auto")
    assert said(session, EN) == [PT]


def test_there_must_be_a_direction_to_swap(session: Session) -> None:
    assert "no direction to swap yet" in said(session, ":swap")[0]


def test_n_widens_the_beam_and_gives_it_back(session: Session) -> None:
    assert said(session, ":n 6") == ["6 translations of each line"]
    (reply,) = answer(session, EN)
    assert isinstance(reply, Translated)
    assert len(reply.translation.alternatives) == 6
    assert reply.state.config == SearchConfig(beam=6, n_best=6)
    said(session, ":n 1")
    assert session.state.config == SearchConfig()
    assert said(session, ":beam 2") == ["beam 2"]
    assert session.state.config == SearchConfig(beam=2)


def test_attention_is_a_switch(session: Session) -> None:
    assert said(session, ":attention") == ["attention is shown"]
    assert said(session, ":attention on") == ["attention is shown"]
    assert said(session, ":a") == ["attention is not shown"]
    said(session, ":layer 1")
    said(session, ":head 3")
    assert session.state == replace(State(), attention=True, layer=1, head=3)
    said(session, ":layer last")
    said(session, ":head mean")
    assert (session.state.layer, session.state.head) == (None, None)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (":swp", ":swp is no command / did you mean :swap?"),
        (":)", ":) is no command / :help lists them; :: begins"),
        (":", ": is no command"),
        (":n", ":n needs N"),
        (":n x", "a whole number, not 'x'"),
        (":n ²", "a whole number, not '²'"),
        (":n 0", "n-best is 0"),
        (":n 65", "beam is 65"),
        (":beam 0", "beam is 0; it must be from 1 to 64"),
        (":beam 1.5", "a whole number"),
        (":layer 3", ":layer 3: this model has layers 1 to 2"),
        (":head 0", ":head 0: this model has heads 1 to 4"),
        (":from fr", ":from fr: unknown language / languages: en"),
        (":to", ":to needs en|pt"),
        (":auto x", ":auto takes nothing after it"),
        (":attention maybe", "on or off"),
        (":help nothing-like-it", "is no command"),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(session: Session, line: str, says: str) -> None:
    before = session.state
    (reply,) = answer(session, line)
    assert isinstance(reply, TranslatorError)
    assert says in f"{reply.message} / {reply.hint}"
    assert session.state == before
    assert said(session, EN) == [PT]


def test_a_model_of_one_direction_refuses_the_other() -> None:
    one_way = SimpleNamespace(folder=SimpleNamespace(directions=("en-pt",)))
    session = Session(lambda: cast(Translator, one_way))
    assert said(session, ":to pt") == []
    assert "not trained for pt-en" in said(session, ":swap")[0]
    assert session.state.direction == "en-pt"


def test_help_lists_every_command_in_80_columns(session: Session) -> None:
    (text,) = said(session, ":help")
    assert all(f":{name}" in text for name in COMMANDS)
    assert max(map(len, text.splitlines())) <= 80
    assert said(session, ":help n") == said(session, ":help :n") == [":n N  show the N best translations"]
    assert all(found.help for found in COMMANDS.values())


def test_quit_by_any_name(translator: Translator) -> None:
    for name in ("quit", "q", "exit"):
        session = Session(lambda: translator)
        assert said(session, f":{name}") == []
        assert session.ended


def test_settings_are_told(session: Session) -> None:
    said(session, ":beam 7")
    text = said(session, ":settings")[0]
    assert "detected for each line" in text
    assert ["beam", "7"] in [line.split() for line in text.splitlines()]


@pytest.fixture
def shout() -> Iterator[None]:
    @command("shout", "TEXT", "say it loudly", "!")
    def _shout(session: Session, text: str) -> str:
        if not text.isalpha():
            raise UsageError("only letters can be shouted")
        return text.upper()

    yield
    del COMMANDS["shout"]


@pytest.mark.usefixtures("shout")
def test_a_command_is_a_function(session: Session) -> None:
    assert said(session, ":shout mel") == said(session, ":!   mel ") == ["MEL"]
    assert said(session, ":shout 1") == ["error: only letters can be shouted / "]
    assert ":shout TEXT" in said(session, ":help")[0]
    assert find_command("!").name == "shout"


def test_the_last_translation_is_remembered(session: Session) -> None:
    said(session, EN)
    said(session, "\n")
    said(session, ":n 2")
    assert session.last is not None
    assert session.last.target == PT


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_is_answered(translator: Translator, text: str) -> None:
    session = Session(lambda: translator)
    replies: list[Any] = list(answer(session, text))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    if not text.strip():
        assert replies == []
    elif len(lines) > 1 or not text.startswith(":") or text.startswith("::"):
        assert len(replies) == len(lines)
        assert all(isinstance(reply, Translated) for reply in replies)
        targets = "".join(reply.translation.target for reply in replies)
        assert all(c.isprintable() or c == "\t" or c.isspace() for c in targets if ord(c) < 160)
        assert "\x1b" not in targets


def test_words_of_the_users_own(session: Session, tmp_path: Path) -> None:
    terms = tmp_path / "terms.tsv"
    terms.write_text("honey\tMEL\n", "utf-8")
    told = [reply for line in (f":glossary {terms}", ":keep Xyzzy") for reply in answer(session, line)]
    assert told == ["1 terms", "kept: Xyzzy"]
    [shown] = answer(session, "honey and Xyzzy")
    assert isinstance(shown, Translated)
    [segment] = shown.translation.segments
    assert sorted(span.target for span in segment.spans.values()) == ["MEL", "Xyzzy"]  # the model was given these
    list(answer(session, ":glossary"))
    list(answer(session, ":keep"))
    assert session.state.options.glossary is None
    assert session.state.options.keep == ()
    [failure] = answer(session, ":glossary no-such-file")
    assert isinstance(failure, TranslatorError)


def test_a_prefix_and_alternatives(session: Session) -> None:
    [nothing_yet] = answer(session, ":alternatives mel")
    assert isinstance(nothing_yet, TranslatorError)
    list(answer(session, ":to pt"))
    list(answer(session, ":prefix mel"))
    [shown] = answer(session, SENTENCES[0])
    assert isinstance(shown, Translated)
    assert shown.translation.target.startswith("mel")
    list(answer(session, ":prefix"))
    [shown] = answer(session, SENTENCES[0])
    assert isinstance(shown, Translated)
    [told] = answer(session, f":alt {SENTENCES[1].split()[0]}")
    assert isinstance(told, str)
    assert len(told.splitlines()) == 5
    [failure] = answer(session, ":alternatives zzz")
    assert isinstance(failure, TranslatorError)
    assert SENTENCES[1].split()[0] in str(failure.hint)


def test_confidence_is_asked_for_and_marked(session: Session) -> None:
    list(answer(session, ":confidence on"))
    [shown] = answer(session, SENTENCES[0])
    assert isinstance(shown, Translated)
    assert shown.state.confidence
    assert shown.translation.confidence is not None


def printed(session: Session, line: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert said(session, line) == []
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "shows"),
    [
        (":attend", PT.split()[0]),
        (":attend --kind encoder --layer 1", "encoder"),
        (":trace --head 2", "softmax"),
        (":layers", PT.split()[0]),
        (":lens", PT.split()[0]),
        (":next", "next piece"),
        (":tokens", "<2pt>"),
        (":align", "1-2"),
        (":similar", EN.split()[0]),
        (f":context {EN.split()[0]} '{EN}'", EN.split()[0]),
        (f":embed {EN.split()[0]}", EN.split()[0]),
        (":tour --pages", "1  "),
        (":attend --help", "Usage: :attend"),
    ],
)
def test_what_looks_inside_is_the_command_line_on_the_last_translation(
    session: Session, capsys: pytest.CaptureFixture[str], line: str, shows: str
) -> None:
    assert said(session, EN) == [PT]
    assert shows in printed(session, line, capsys)


def test_it_looks_at_the_translation_that_was_shown(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    said(session, ":to pt")
    said(session, ":prefix mel")
    [target] = said(session, EN)
    assert target.startswith("mel")
    said(session, ":prefix")
    found = json.loads(printed(session, ":attend --json", capsys))
    assert (found["source"], found["target"]) == (EN, target)


def test_looking_inside_reads_no_model_again(
    session: Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said(session, EN)
    monkeypatch.setattr(Translator, "load", None)
    for line in (":attend", ":trace", ":layers", ":similar", ":align"):
        assert printed(session, line, capsys)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (":attend --kidn x", ":attend: there is no option --kidn / did you mean --kind"),
        (":attend --layer 9", "--layer 9: this model's decoder has layers 1 to 2"),
        (":attend --target", "--target takes TEXT"),
        (":sheet", ":sheet needs -o FILE"),
        (":trace 'x", "a quotation mark is open / close the quotation mark"),
        (":attend --svg /no/such/folder/x.svg", "cannot be written"),
    ],
)
def test_a_mistake_in_looking_inside_is_told(session: Session, line: str, says: str) -> None:
    assert "there is no translation yet / translate something first" in said(session, ":attend")[0]
    said(session, EN)
    assert says in said(session, line)[0]
    assert said(session, EN) == [PT]


def test_settings_hide_nothing(session: Session) -> None:
    said(session, ":keep Xyzzy")
    said(session, ":prefix mel")
    said(session, ":head 2")
    rows = dict(line.split(maxsplit=1) for line in said(session, ":settings")[0].splitlines())
    assert (rows["keep"], rows["prefix"], rows["head"], rows["layer"]) == ("Xyzzy", "mel", "2", "last")


def test_the_prompt_speaks_portuguese(session: Session) -> None:
    speak("pt")
    try:
        (text,) = said(session, ":help")
        assert max(map(len, text.splitlines())) <= 80
        assert re.search(r"^:quit +sai$", text, re.MULTILINE)
        assert said(session, ":attention") == ["a atenção é mostrada"]
        assert ["feixe", "1"] in [line.split() for line in said(session, ":settings")[0].splitlines()]
    finally:
        speak(None)
    assert all(re.fullmatch(r"\S.{0,18} \S.*", line) for line in said(session, ":settings")[0].splitlines())
