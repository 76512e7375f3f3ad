"""``tour``: two languages, the same pages; numbers that are the model's; commands that can be pasted."""

from __future__ import annotations

import json
import shutil
import string
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from examples import SENTENCES
from hypothesis import given
from hypothesis import strategies as st
from mistakes import is_told
from rich.cells import cell_len

from translator.commands.app import program
from translator.commands.tour.command import walk_through
from translator.commands.tour.guide import LANGUAGES, Guide, Label, Matrix, Page, Table, command_lines
from translator.commands.tour.pages import PAGES, Found, Tour
from translator.config import Direction
from translator.explain.reading import read
from translator.explain.tour import TourData, is_word
from translator.model.transformer import Transformer
from translator.text.subwords import BOS, EOS, Subwords

EN, PT = SENTENCES[0], SENTENCES[1]
LONG = " ".join(["inconstitucionalissimamente", "日本語", "naïve", "👩🏽‍🚀", "o", "farol,", "a", "ponte;"])
CASES: list[tuple[str, str, Direction]] = [
    (EN, PT, "en-pt"),
    (PT, EN, "pt-en"),
    ("mel", "mel", "en-pt"),
    ("!", "?", "pt-en"),
    (LONG, LONG, "en-pt"),
]


def texts(case: tuple[str, str, Direction], subwords: Subwords) -> tuple[list[int], list[int]]:
    source, target, direction = case
    return subwords.source(source, direction)[:60], subwords.encode(target)[:50]


def made(case: tuple[str, str, Direction], walked: TourData) -> list[Page]:
    source, target, direction = case
    found = [Found(target, -1.5, -0.5), Found(source, -2.25, -0.75)]
    tour = Tour(walked, source, source.lower(), target, direction, found[0], 4, lambda: found)
    return [page(tour) for page in PAGES]


@pytest.fixture(scope="module")
def walked(model: Transformer, subwords: Subwords) -> dict[str, TourData]:
    return {case[0]: TourData(model, subwords, *texts(case, subwords)) for case in CASES}


def flat(tree: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a language file with its path."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from flat(value, f"{path}/{key}")
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from flat(value, f"{path}/{index}")
    else:
        yield path, tree


def facts_of(template: str) -> set[tuple[str, str]]:
    """The placeholders of a text: names, and how they are written."""
    return {(name, spec or "") for _, name, spec, _ in string.Formatter().parse(template) if name is not None}


def test_both_languages_have_the_same_texts_in_the_same_order_with_the_same_facts() -> None:
    english, portuguese = (dict(flat(Guide(language).texts)) for language in LANGUAGES)
    english = {path: text for path, text in english.items() if not path.startswith("/frame/keys")}
    portuguese = {path: text for path, text in portuguese.items() if not path.startswith("/frame/keys")}
    assert list(english) == list(portuguese)
    for path, text in english.items():
        assert facts_of(text) == facts_of(portuguese[path]), path
        if path.startswith("/pages"):
            assert text != portuguese[path]


def test_the_pages_stand_in_the_order_of_the_texts(walked: dict[str, TourData]) -> None:
    for case in CASES:
        assert [page.key for page in made(case, walked[case[0]])] == list(Guide("en").texts["pages"])


def test_every_text_is_said_on_some_page_and_every_label_used(walked: dict[str, TourData]) -> None:
    blocks, labels = set(), {"rest"}
    for case in CASES:
        for page in made(case, walked[case[0]]):
            for block in page.blocks:
                if isinstance(block, str):
                    blocks.add((page.key, block))
                elif isinstance(block, Table):
                    labels |= {key for key, _ in block.columns if key and not key.startswith("#")}
                    labels |= {cell.key for row in block.rows for cell in row if isinstance(cell, Label)}
    guide = Guide("en")
    written = {(key, block) for key, page in guide.texts["pages"].items() for block in page if block != "heading"}
    assert blocks == written
    assert labels | {"position"} == set(guide.texts["labels"])


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_in_either_language(walked: dict[str, TourData], language: str, width: int) -> None:
    extra = {"trace": ["--model", "runs/a folder with a long name, and a longer one in it/best"]}
    guide = Guide(language, extra)
    for case in CASES:
        every = made(case, walked[case[0]])
        for number, page in enumerate(every, start=1):
            lines = guide.draw(page, number, len(every), width).plain.split("\n")
            assert max(map(cell_len, lines)) <= width
            assert lines[0].startswith(f"── {number}/11  {guide.texts['pages'][page.key]['heading']}"[: width - 1])
            assert not any("{" in line for line in lines)


def test_numbers_are_written_the_languages_way() -> None:
    english, portuguese = (Guide(language) for language in LANGUAGES)
    facts = {"n": 8_894_464, "x": 1234.5, "p": 0.331, "zero": -0.001, "word": "1,5.2"}
    template = "{n} {x:,.2f} {p:.1%} {zero:.2f} {word}"
    assert english.format(template, **facts) == "8,894,464 1,234.50 33.1% 0.00 1,5.2"
    assert portuguese.format(template, **facts) == "8.894.464 1.234,50 33,1% 0,00 1,5.2"
    assert [english.format_field(p, ".0%") for p in (0.0, 0.001, 0.5, 0.999, 1.0)] == [
        "0%",
        "<1%",
        "50%",
        ">99%",
        "100%",
    ]


def test_braces_in_a_sentence_are_only_text(model: Transformer, subwords: Subwords) -> None:
    case: tuple[str, str, Direction] = ("{width} {0} {", "} {x!r}", "en-pt")
    page = made(case, TourData(model, subwords, *texts(case, subwords)))[0]
    assert "“} {x!r}”" in Guide("en").draw(page, 1, 11, 80).plain.replace("\n", " ")


@torch.inference_mode()
def test_the_weights_are_the_models(model: Transformer, subwords: Subwords, walked: dict[str, TourData]) -> None:
    w = walked[EN]
    source, target = texts(CASES[0], subwords)
    encoded = model.encode(torch.tensor([source]), need_weights=True)
    decoded = model.decode(torch.tensor([[BOS, *target]]), encoded, need_weights=True)
    for got, own in (
        (w.encoder_weights, encoded.attention),
        (w.self_weights, decoded.self_attention),
        (w.cross_weights, decoded.cross_attention),
    ):
        assert np.abs(got - np.stack([heads.weights[0].numpy() for heads in own])).max() < 1e-7
        assert np.abs(got.sum(axis=-1) - 1).max() < 1e-6
    assert (w.self_weights[..., ~np.tri(len(w.read), dtype=bool)] == 0).all()
    seen = read(model, subwords, source, target).attention["cross"]
    assert (w.source.words, w.target.words) == (seen.columns.words, seen.rows.words)


def test_what_is_followed(walked: dict[str, TourData]) -> None:
    w = walked[EN]
    assert w.target.word.text == "barquinhos"  # ten letters, as many as "faroleiro" and one
    row = w.cross_weights.mean(axis=(0, 1))[w.step]
    shares = {word.text: row[word.start : word.stop].sum() for word in w.source.words if is_word(word)}
    assert w.source.word.text == max(shares, key=lambda name: shares[name])
    best = w.cross_weights[-1, :, w.step].max(axis=1)
    assert w.stages.head == int(best.argmax())
    assert w.before == PT[: PT.index("barquinhos")].strip()


def test_the_stream_and_the_heads_add_up(model: Transformer, walked: dict[str, TourData]) -> None:
    w = walked[EN]
    by_name = {(stage.layer, stage.part): x for stage, x in w.stream}
    added = by_name[(2, "cross-attention")] - by_name[(2, "self-attention")]
    assert np.abs(added - w.stages.delta[w.step]).max() < 1e-4
    assert np.abs(w.stages.contributions[:, w.step].sum(axis=0) + w.stages.output_bias - added).max() < 1e-4
    end = model.decoder_norm(torch.tensor(w.stream[-1][1], dtype=torch.float32)[None])
    assert np.abs(model.logits(end)[0].detach().numpy() - w.lens.logits[-1, w.step]).max() < 1e-4
    # hidden units above 0, by numpy
    last = model.decoder[-1]
    x = last.feed_forward_norm(torch.tensor(by_name[(2, "cross-attention")], dtype=torch.float32))
    hidden = last.feed_forward.inner.weight.detach().numpy() @ x.detach().numpy()
    assert w.active == int((hidden + last.feed_forward.inner.bias.detach().numpy() > 0).sum())


def test_positions_by_hand(walked: dict[str, TourData]) -> None:
    w = walked[EN]
    half = w.shape.d_model // 2
    rates = 10_000.0 ** (-np.arange(half) / (half - 1))
    for distance, cosine in w.by_distance:
        assert cosine == pytest.approx(np.cos(distance * rates).mean(), abs=1e-5)
    assert np.linalg.norm(w.position) == pytest.approx(np.sqrt(half), abs=1e-5)


def test_printed_percentages_add_up_to_100_and_what_is_masked_has_no_number(walked: dict[str, TourData]) -> None:
    for case in CASES:
        for page in made(case, walked[case[0]]):
            for block in page.blocks:
                if not isinstance(block, Matrix):
                    continue
                assert (block.mask is not None) == (page.key == "decoder")
                if len(block.columns) > 6:
                    continue
                only = Page(page.key, [block], [], {})
                lines = Guide("en").draw(only, 1, 1, 80).plain.split("\n")
                rows = [line.split("│")[1] for line in lines if "│" in line]
                assert len(rows) == len(block.rows)
                for i, row in enumerate(rows):
                    cells = row.replace("[", " ").replace("]", " ").split()
                    assert sum(int(cell) for cell in cells if cell != "—") == 100
                    if block.mask is not None:
                        assert cells[i + 1 :] == ["—"] * (len(rows) - i - 1)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60), max_size=4))
def test_commands_fit_and_only_break_where_a_shell_goes_on(words: list[str]) -> None:
    lines = command_lines(words, 60)
    assert max(map(cell_len, lines)) <= 60
    assert all(line.endswith("\\") for line in lines[:-1])


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_pasted_commands_reach_the_program_as_they_were() -> None:
    hard = [
        'It costs $5 "now" `or` \\ never' * 4,
        "a" * 200,
        "don't",
        "",
        "\\" * 150,
        "ação " * 30,
        "--prefix",
        "<s>",
        "*",
    ]
    for width in (60, 71, 80):
        script = "\n".join(command_lines(hard, width))
        done = subprocess.run(
            ["bash", "-c", f"translator() {{ printf '%s\\0' \"$@\"; }}\n{script}"], capture_output=True, check=True
        )
        assert done.stdout.decode().split("\0")[:-1] == hard


def test_every_command_that_is_named_exists_with_its_options(walked: dict[str, TourData]) -> None:
    commands = program(whole=True).commands
    options = {name: {o for p in command.params for o in p.opts} for name, command in commands.items()}
    for case in CASES:
        for page in made(case, walked[case[0]]):
            assert page.commands
            for name, *words in page.commands:
                assert {word for word in words if word.startswith("-")} <= options[name], (page.key, name)


def read_along(answers: list[str]) -> list[int]:
    """The pages shown to a reader who types ``answers``, then leaves."""
    seen: list[int] = []
    typed = iter(answers)

    def ask(is_last: bool) -> str:
        assert is_last == (seen[-1] == 3)
        answer = next(typed, None)
        if answer is None:
            raise EOFError
        return answer

    walk_through(4, seen.append, ask, ["b", "v"], ["q"])
    return seen


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        ([], [0]),
        (["", "", "", "", ""], [0, 1, 2, 3]),
        (["", "b", "b", ""], [0, 1, 0, 0, 1]),
        (["V", "q", ""], [0, 0]),
        (["what?", "0", "5", "²", " 4 ", "b", "Q"], [0, 3, 2]),
    ],
)
def test_a_reader_goes_on_and_back_and_leaves(answers: list[str], shown: list[int]) -> None:
    assert read_along(answers) == shown


def test_a_pipe_gets_all_pages_in_either_language(run) -> None:  # type: ignore[no-untyped-def]
    for language, first, last in (
        ("en", "A tour of the translator", "What attention tells"),
        ("pt", "Uma visita ao tradutor", "O que a atenção diz"),
    ):
        code, out, err = run("tour", EN, "--language", language)
        lines = out.splitlines()
        assert (code, err) == (0, "")
        assert lines[0].startswith(first)
        assert [line[3:].split()[0] for line in lines if line.startswith("── ")] == [f"{n}/11" for n in range(1, 12)]
        assert last in out
        assert max(map(cell_len, lines)) <= 80
        assert "\x1b" not in out
        assert run("tour", EN, "--language", language, "--all")[1] == out


def test_one_page_and_the_list_of_pages(run) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = run("tour", EN, "-l", "en", "--page", "6")
    assert out.count("\n── ") == 1
    assert "── 6/11  Cross-attention: query, key, softmax, value ──" in out
    code, out, _ = run("tour", "--pages", "-l", "pt")
    assert code == 0
    assert len(out.splitlines()) == 11
    assert " 3  Posições: o lugar de cada token" in out


def test_a_page_computes_what_it_shows_and_no_more(
    model: Transformer, subwords: Subwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    for dear in ("exact", "head_stages", "without_each_word", "logit_lens", "count_parameters", "multiply_adds"):
        monkeypatch.setattr(f"translator.explain.tour.{dear}", lambda *_: pytest.fail("not on these pages"))
    source, target, direction = CASES[0]
    data = TourData(model, subwords, *texts(CASES[0], subwords))
    greedy = Found(target, -1.5, -0.5)
    tour = Tour(data, source, source, target, direction, greedy, 4, lambda: pytest.fail("nobody searches"))
    assert [page(tour).key for page in PAGES[:5]] == ["tokens", "embeddings", "positions", "encoder", "decoder"]


def test_the_locale_chooses_the_language(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for locale, heading in (("pt_BR.UTF-8", "Posições"), ("C.UTF-8", "Positions"), ("", "Positions")):
        monkeypatch.setenv("LANG", locale)
        assert heading in run("tour", "--pages")[1]


def test_the_language_of_the_program_is_that_of_the_tour(run) -> None:  # type: ignore[no-untyped-def]
    assert "Posições" in run("--lang", "pt", "tour", "--pages")[1]
    assert "Positions" in run("--lang", "pt", "tour", "--pages", "--language", "en")[1]


def test_on_a_terminal_it_stops_after_each_page(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    typed = iter(["", "b", "11", "q"])
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return next(typed)

    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr("translator.commands.tour.command._is_interactive", lambda: True)
    code, out, _ = run("tour", EN, "-l", "en")
    assert code == 0
    shown = [line[3:].split("/")[0] for line in out.splitlines() if line.startswith("── ")]
    assert shown == ["1", "2", "1", "11"]
    assert [prompt.startswith("Enter = next page") for prompt in asked] == [True, True, True, False]


def test_json_holds_every_page_and_its_numbers(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("tour", EN, "-l", "pt", "--json")
    every = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [page["page"] for page in every] == list(range(1, 12))
    by_key = {page["key"]: page for page in every}
    assert by_key["tokens"]["facts"]["target"] == PT
    assert by_key["cross"]["heading"].startswith("Atenção cruzada")
    assert all(page["text"] and page["commands"] for page in every)
    mask = np.array(by_key["decoder"]["weights"][0]["weights"])
    assert (mask[~np.tri(len(mask), dtype=bool)] == 0).all()
    assert by_key["parameters"]["facts"]["gpt_total"] == 175_181_291_520
    assert json.loads(run("tour", EN, "--page", "3", "--json")[1])["page"] == 3


def test_commands_name_the_model_and_the_direction_that_were_asked_for(run, trained: Path) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = run("tour", EN, "-l", "en", "--to", "pt", "--json")
    for page in map(json.loads, out.splitlines()):
        for command in page["commands"]:
            name = command.split()[1]
            assert (f"--model {trained}" in command or f" {trained}" in command) == ("gpt3" not in command), command
            assert ("--to pt" in command) == (name not in ("tokens", "embed", "similar", "context", "params")), command


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["tour", " "], "no sentence to walk through"),
        (["tour", "..."], "no sentence to walk through"),
        (["tour", f"{EN} {SENTENCES[2]}"], "the text has 2 sentences; the tour takes one"),
        (["tour", EN, "--language", "fr"], "--language fr: the tour does not speak it languages: en, pt"),
        (["tour", EN, "--page", "12"], "--page 12: the tour has pages 1 to 11"),
        (["tour", EN, "--page", "0"], "--page 0"),
        (["tour", EN, "--all", "--page", "2"], "--all and --page"),
        (["tour", EN, "--from", "en", "--to", "en"], "both en"),
        (["tour", EN, "--model", "/no/where"], "no such model"),
    ],
)
def test_a_mistake_gets_a_message(run, argv: list[str], says: str) -> None:  # type: ignore[no-untyped-def]
    is_told(run(*argv), says)


def test_eos_is_followed_where_there_is_no_word(walked: dict[str, TourData]) -> None:
    w = walked["!"]
    assert w.target.ids[-1] == EOS
    assert 0 <= w.step < len(w.target.ids)
    assert w.without == []
