"""``layers`` and ``next``: the last layer is the model, probabilities add up, the first is what greedy search takes."""

from __future__ import annotations

import io
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from examples import SENTENCES
from hypothesis import given
from hypothesis import strategies as st
from mistakes import is_told
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from translator.commands.lens.view import lens_grid, lens_word, next_view, stages_shown
from translator.config import SearchConfig
from translator.draw.text import bar, left, percent
from translator.explain.geometry import entropy
from translator.explain.lens import Lens, NextPiece, logit_lens, next_piece, softmax
from translator.explain.reading import Stage, read
from translator.model.transformer import Transformer
from translator.search.search import greedy_search
from translator.search.torch_engine import TorchEngine, TorchScorer
from translator.text.slots import SLOTS, shown
from translator.text.subwords import BOS, EOS, Subwords, Word
from translator.translation import Translator

EN, PT = SENTENCES[0], SENTENCES[1]


@pytest.fixture(scope="module")
def pair(subwords: Subwords) -> tuple[list[int], list[int]]:
    return subwords.source(EN, "en-pt"), subwords.encode(PT)


@pytest.fixture(scope="module")
def lens(model: Transformer, subwords: Subwords, pair: tuple[list[int], list[int]]) -> Lens:
    return logit_lens(read(model, subwords, *pair))


def drawn(text: Text, width: int) -> list[str]:
    console = Console(width=width, color_system=None, file=io.StringIO())
    console.print(text, no_wrap=True, crop=False)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@torch.inference_mode()
def test_the_last_layer_is_the_model_to_the_bit(
    model: Transformer, lens: Lens, pair: tuple[list[int], list[int]]
) -> None:
    source, target = pair
    encoded = model.encode(torch.tensor([source]), need_weights=True)
    decoded = model.decode(torch.tensor([[BOS, *target]]), encoded, need_weights=True)
    assert np.array_equal(lens.logits[-1], model.logits(decoded.hidden)[0].numpy())
    fused = model.decode(torch.tensor([[BOS, *target]]), model.encode(torch.tensor([source])))
    np.testing.assert_allclose(lens.logits[-1], model.logits(fused.hidden)[0].numpy(), rtol=1e-4, atol=1e-5)
    assert not np.allclose(lens.logits[-1], lens.logits[-2], atol=1e-2)


@torch.inference_mode()
def test_every_stage_is_the_stream_between_the_models_own_parts(
    model: Transformer, subwords: Subwords, pair: tuple[list[int], list[int]]
) -> None:
    source, target = pair
    memory = model.encode(torch.tensor([source])).memory
    x = model.embed(torch.tensor([[BOS, *target]]))
    expected = [x]
    for layer in model.decoder:
        y = layer.self_norm(x)
        x = x + layer.self_attention(y, layer.self_attention.keys_values(y), causal=True).out
        expected.append(x)
        x = x + layer.cross_attention(layer.cross_norm(x), layer.cross_attention.keys_values(memory)).out
        expected.append(x)
        x = x + layer.feed_forward(layer.feed_forward_norm(x))
        expected.append(x)
    reading = read(model, subwords, source, target)
    assert [stage.layer for stage in reading.stages] == [0, 1, 1, 1, 2, 2, 2]
    assert [stage.ends_layer for stage in reading.stages] == [True, False, False, True, False, False, True]
    for stage, got, wanted in zip(reading.stages, reading.decoder_stream, expected, strict=True):
        torch.testing.assert_close(torch.from_numpy(got), wanted[0], atol=1e-5, rtol=1e-5, msg=str(stage))


def test_ranks_and_probabilities_by_hand() -> None:
    logits = np.log(np.array([[[0.1, 0.2, 0.3, 0.4]], [[0.25, 0.5, 0.125, 0.125]]], dtype=np.float32))
    stages = [Stage(0, "embedding"), Stage(1, "feed-forward")]
    by_hand = Lens(stages, ["<s>"], ["b"], [1], [Word("b", 0, 1)], logits, list("abcd"))
    (third, p), (first, q) = by_hand.chosen(0, 0), by_hand.chosen(1, 0)
    assert (third, first) == (3, 1)
    assert (p, q) == pytest.approx((0.2, 0.5))
    assert [(c.piece, round(c.p, 6)) for c in by_hand.top(0, 0, 2)] == [("d", 0.4), ("c", 0.3)]
    assert drawn(lens_grid(by_hand, [0, 1], 80), 80)[:2] == [
        "          embedding            layer 1 = the model",
        "<s> → b │ d             40 #3 [b             50   ]",
    ]
    assert drawn(lens_word(by_hand, by_hand.words[0], [0, 1], 1, 80), 80)[:6] == [
        '"b": reads <s>, predicts b',
        "embedding",
        "    1  d              40.00% ████████████████",
        "    3 [b           ]  20.00% ████████",
        "layer 1 = the model",
        "    1 [b           ]  50.00% ████████████████████",
    ]


@given(
    st.lists(st.floats(-30, 30, width=32), min_size=2, max_size=40),
    st.floats(0.05, 20),
    st.floats(1.01, 5),
)
def test_softmax_adds_up_and_heat_spreads_it(logits: list[float], temperature: float, hotter: float) -> None:
    z = np.array(logits, dtype=np.float32)
    p, warm = softmax(z, temperature), softmax(z, temperature * hotter)
    assert p.sum() == pytest.approx(1, abs=1e-12)
    assert entropy(warm) >= entropy(p) - 1e-9
    assert entropy(p) <= math.log2(len(logits)) + 1e-9
    # ratios: p_i / p_j = exp((z_i - z_j) / T)
    i, j = int(p.argmax()), 0
    if p[j] > 1e-290:  # below that it is no full float any more
        assert math.log(p[j] / p[i]) == pytest.approx((float(z[j]) - float(z[i])) / temperature, abs=1e-6)


def test_the_first_next_piece_is_what_greedy_search_takes(model: Transformer, subwords: Subwords) -> None:
    for text, direction in ((EN, "en-pt"), (PT, "pt-en")):
        source = subwords.source(text, direction)  # type: ignore[arg-type]
        [found] = greedy_search(TorchScorer(model), [source], SearchConfig(beam=1))
        tokens = [*found.ids, *([EOS] if found.ended else [])]
        assert tokens
        for step, token in enumerate(tokens[:9]):
            after = next_piece(read(model, subwords, source, found.ids[:step]))
            assert after.greedy == token
            assert after.probabilities().sum() == pytest.approx(1, abs=1e-12)
            if step:
                assert after.top(1)[0].id == token


def test_next_is_what_both_engines_of_search_read(
    model: Transformer, subwords: Subwords, lens: Lens, pair: tuple[list[int], list[int]]
) -> None:
    source, target = pair
    for step in (0, 1, len(target)):
        found = next_piece(read(model, subwords, source, target[:step]))
        [log_p] = TorchEngine(model).next_log_p([source], [target[:step]])
        assert np.abs(np.log(found.probabilities()) - log_p).max() < 1e-4
        assert np.abs(found.logits - lens.logits[-1, step]).max() < 1e-4


def test_a_translation_never_begins_with_its_end() -> None:
    logits = np.array([0, 0, 0, 5, 1], dtype=np.float32)
    assert NextPiece([], logits, list("abcde")).greedy == 4
    assert NextPiece(["x"], logits, list("abcde")).greedy == EOS == 3


def test_bars_by_hand() -> None:
    found = NextPiece(["▁x"], np.log(np.array([0.5, 0.25, 0.25], dtype=np.float32)), ["a", "b", "c"])
    assert drawn(next_view(found, 2, None, 40), 40) == [
        "after: <s> ▁x",
        " 1 [a]  50.00% ███████████▌",
        " 2  b   25.00% █████▊",
        "the other 1 share 25.00% · entropy 1.50",
        "bits",
        "[ ] = greedy search takes it · entropy:",
        "0 bits = certain, 1.58 = all 3 alike",
    ]
    # at temperature 2 the shares are as their square roots: 1 : √½ : √½
    hot = drawn(next_view(found, 3, 2.0, 80), 80)
    assert re.findall(r"[\d.]+%", hot[2]) == ["50.00%", f"{1 / (1 + math.sqrt(2)):.2%}"]


@given(st.floats(0, 1), st.integers(1, 60))
def test_a_bar_is_as_wide_as_it_should(share: float, width: int) -> None:
    assert cell_len(bar(share, width)) == width
    assert len(percent(share)) == 8


@given(st.text(max_size=30), st.integers(1, 20))
def test_left_is_exactly_as_wide(text: str, width: int) -> None:
    text = "".join(c for c in text if c.isprintable())
    assert cell_len(left(text, width)) == width


def test_no_share_rounds_to_a_false_nothing_or_all() -> None:
    assert [percent(p).strip() for p in (0, 1e-9, 0.5, 1 - 1e-9, 1)] == [
        "0.00%",
        "<0.01%",
        "50.00%",
        ">99.99%",
        "100.00%",
    ]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_nothing_is_wider_than_the_terminal(lens: Lens, width: int) -> None:
    for sublayers in (False, True):
        stages = stages_shown(lens, sublayers=sublayers)
        assert len(stages) == (7 if sublayers else 3)
        pictures = [lens_grid(lens, stages, width)]
        pictures += [lens_word(lens, word, stages, 4, width) for word in lens.words]
        for picture in pictures:
            lines = drawn(picture, width)
            assert max(map(cell_len, lines)) <= width
        grid = drawn(pictures[0], width)
        for step in range(len(lens.ids)):
            assert any(lens.predicted[step][:4] in line for line in grid)


def test_slots_have_a_face() -> None:
    assert shown(f"a{SLOTS[0]}b{SLOTS[9]}") == "a⟨1⟩b⟨10⟩"


def test_layers_as_json_holds_every_step(run, trained: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("layers", EN, "--json", "--top", "2", "--sublayers")
    data = json.loads(out)
    assert code == 0
    assert (data["source"], data["target"], data["direction"]) == (EN, PT, "en-pt")
    translator = Translator.load(trained, "torch")
    ids = translator.subwords.encode(PT)
    assert [step["id"] for step in data["steps"]] == [*ids, EOS]
    for step in data["steps"]:
        assert len(step["stages"]) == 7
        last = step["stages"][-1]
        assert last["chosen"]["rank"] == 1
        assert last["top"][0]["id"] == step["id"]
        assert len(last["top"]) == 2
        assert last["top"][0]["p"] == pytest.approx(last["chosen"]["p"])
    # what was learned by heart is certain at the end, and not at the start
    assert min(step["stages"][-1]["chosen"]["p"] for step in data["steps"]) > 0.5
    assert np.mean([step["stages"][0]["chosen"]["p"] for step in data["steps"]]) < 0.1


def test_layers_of_one_word(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("layers", EN, "--word", "barquinhos")
    assert code == 0
    lines = out.splitlines()
    assert " ".join(lines[:2]) == f"EN→PT logit lens by layer · {EN} → {PT}"
    assert any(line.startswith('"barquinhos", piece 1 of ') for line in lines)
    assert "layer 2 = the model" in lines
    assert max(map(cell_len, lines)) <= 80
    assert "\x1b" not in out
    data = json.loads(run("layers", EN, "--word", "BARQUINHOS", "--json")[1])
    assert {step["word"] for step in data["steps"]} == {"barquinhos"}
    assert len(data["steps"]) == sum(line.startswith('"barquinhos"') for line in lines)


def test_layers_takes_a_translation_that_is_given_and_every_sentence(run) -> None:  # type: ignore[no-untyped-def]
    data = json.loads(run("layers", EN, "--target", "mel", "--json")[1])
    assert data["target"] == "mel"
    assert max(step["stages"][-1]["chosen"]["rank"] for step in data["steps"]) > 1
    two = run("layers", f"{EN} {SENTENCES[2]}", "--json")[1].splitlines()
    assert [json.loads(line)["source"] for line in two] == [EN, SENTENCES[2]]


def test_next_on_the_command_line(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("next", EN, "--prefix", "O velho", "-k", "3")
    assert code == 0
    assert re.search(r"^ 1 \[\S+ *\] +\d+\.\d\d% █", out, re.MULTILINE)
    assert max(map(cell_len, out.splitlines())) <= 80
    data = json.loads(run("next", EN, "--prefix", "O velho", "-k", "3", "--temperature", "0.5", "--json")[1])
    plain, cold = data["distributions"]
    assert data["greedy"] == plain["top"][0]["piece"]
    assert PT.startswith("O velho" + data["greedy"].replace("▁", " "))
    assert math.fsum(c["p"] for c in plain["top"]) + plain["rest"] == pytest.approx(1, abs=1e-9)
    assert cold["top"][0]["p"] > plain["top"][0]["p"]
    assert cold["entropy_bits"] < plain["entropy_bits"]


def test_more_pieces_than_there_are_is_all_of_them(run) -> None:  # type: ignore[no-untyped-def]
    data = json.loads(run("next", EN, "--top", "100000", "--json")[1])
    [all_of_it] = data["distributions"]
    assert len(all_of_it["top"]) == data["vocabulary"]
    assert math.fsum(c["p"] for c in all_of_it["top"]) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["layers", ""], "there is no text to look into"),
        (["layers", "..."], "nothing to translate"),
        (["layers", EN, "--word", "zebra"], "--word zebra: not a word of the translation its words: O velho faroleiro"),
        (["layers", EN, "--to", "fr"], "--to fr: unknown language"),
        (["layers", EN, "--target", " "], "--target is empty"),
        (["layers", EN, "--top", "0"], "--top 0: it takes a whole number from 1"),
        (["layers", EN, "--model", "/no/where"], "no such model"),
        (["next", ""], "there is no text"),
        (["next", "..."], "nothing to translate"),
        (["next", f"{EN} {EN}"], "the text has 2 sentences"),
        (["next", EN, "--temperature", "0"], "--temperature 0: it must be above 0"),
        (["next", EN, "--temperature", "nan"], "--temperature nan"),
        (["next", EN, "--prefix", "mel " * 400], "--prefix is too long"),
    ],
)
def test_a_mistake_gets_a_message(run, argv: list[str], says: str) -> None:  # type: ignore[no-untyped-def]
    is_told(run(*argv), says)


def test_markup_and_control_characters_are_only_text(run) -> None:  # type: ignore[no-untyped-def]
    for argv in (["layers"], ["next", "--prefix", "[/x]\x1b[31m"]):
        code, out, err = run(argv[0], "[bold]honey[/bold] \x1b[31m\u202e :sun:", *argv[1:])
        assert code == 0, err
        assert "[bold]" in out.casefold()
        assert "\x1b" not in out
        assert "\u202e" not in out
