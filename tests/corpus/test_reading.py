"""What is read of a corpus for a training: a few spread over all, bad records passed over, little of another text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import PAIRS, Configure, opened

from translator.commands.train.command import _settings
from translator.config import TrainConfig
from translator.corpus import batches
from translator.corpus.batches import BatchStream, Corpus
from translator.corpus.pairs import Pair, evenly_spread, read_pairs
from translator.corpus.split import split_pairs
from translator.errors import InputError
from translator.evaluation import dev
from translator.evaluation.dev import dev_scorer
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords
from translator.training.data import read_data

CommandLine = Callable[..., tuple[int, str, str]]


@given(st.integers(1, 400), st.integers(1, 60))
def test_a_choice_is_spread_evenly_over_all(size: int, count: int) -> None:
    chosen = evenly_spread(range(size), count)
    assert len(chosen) == min(size, count)
    gaps = [b - a for a, b in pairwise(chosen)]
    if count > 1:
        assert (chosen[0], chosen[-1]) == (0, size - 1)
    if gaps:
        assert 1 <= min(gaps) <= max(gaps) <= min(gaps) + 1


def test_the_dev_scorer_translates_the_end_of_the_file_too(
    model: Transformer, subwords: Subwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of seven pairs four: every second by its place, where the first four would be the head alone."""
    told: list[str] = []

    def search(_: object, __: object, sources: list[str], *___: object) -> list[str]:
        told.extend(sources)
        return sources

    monkeypatch.setattr(dev, "search_texts", search)
    pairs = [Pair(f"{n} bees fly here", f"{n} abelhas voam") for n in range(7)]
    dev_scorer(pairs, subwords, ("en-pt",), 4)(model)
    assert [source[0] for source in told] == ["0", "2", "4", "6"]


RECORDS = '{"en": "One boat.", "pt": "Um barco."}\n{"en": broken\n\n["no"]\n{"en": "A bee.", "pt": "Uma abelha."}\n'


def test_a_bad_record_of_jsonl_is_told_by_number_and_the_rest_goes_on(
    run: CommandLine, configure: Configure, tmp_path: Path
) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(RECORDS, "utf-8")
    with pytest.raises(InputError, match=r"mine\.jsonl, line 2: not JSON"):
        list(read_pairs(path))
    left_out: list[str] = []
    kept = [Pair("One boat.", "Um barco."), Pair("A bee.", "Uma abelha.")]
    assert list(read_pairs(path, left_out=left_out)) == kept
    (told,) = left_out
    assert told.startswith(f"{path}: 2 records left out, the first at line 2: not JSON")
    code, _, err = run("corpus", "convert", str(path), str(tmp_path / "out.tsv"))
    assert (code, "2 records left out, the first at line 2" in " ".join(err.split())) == (0, True), err
    assert list(read_pairs(tmp_path / "out.tsv")) == kept
    data = read_data(configure(corpora=(str(path),)))
    assert (data.pairs, data.left_out) == (2, [told])
    (tmp_path / "bad.jsonl").write_text("{\n", "utf-8")
    with pytest.raises(InputError, match="holds no sentence pair"):
        read_data(configure(corpora=(str(tmp_path / "bad.jsonl"),)))


def test_a_replay_holds_a_pair_at_least(configure: Configure, tmp_path: Path) -> None:
    """A thousandth of an epoch of twelve pairs is no whole pair, and none would be replayed, silently."""
    data = read_data(configure(base="en-pt", vocab_size=None, replay=0.001))
    replay = data.corpora[-1]
    assert replay.name == "replay"
    assert round(replay.weight * len(replay.pairs)) == 1


def test_pairs_are_not_held_out_of_what_a_machine_wrote(configure: Configure, tmp_path: Path) -> None:
    machine = tmp_path / "machine.tsv"
    machine.write_text("A bee.\tUma abelha.\n", "utf-8")
    machine.with_name("machine.tsv.json").write_text('{"kind": "back-translation", "machine_side": "en"}', "utf-8")
    data = read_data(configure(corpora=(str(machine), str(tmp_path / "pairs.tsv")), dev=""))
    assert [corpus.name for corpus in data.corpora] == ["pairs", "machine"]
    assert set(data.dev) <= {Pair(*pair) for pair in PAIRS}


def test_the_lines_of_an_epoch_are_shuffled_before_they_are_cut_into_pools(
    subwords: Subwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches are shuffled within a pool, so a corpus sorted by subject would still be read from front to back."""
    monkeypatch.setattr(batches, "POOL", 10)
    pairs = [Pair(f"{n:03}", f"{n:03}") for n in range(100)]
    stream = BatchStream([Corpus("sorted", pairs)], subwords, ("en-pt",), batch_tokens=60, max_pieces=60)
    epochs: list[list[int]] = [[], []]
    for batch in stream:
        if stream.position.epoch > 1:
            break
        epochs[stream.position.epoch] += [int(subwords.decode(row.tolist())) for row in batch.target_out]
        if min(map(len, epochs)) == 100:
            break
    first, second = epochs
    assert Counter(first) == Counter(range(100))
    assert first[:10] != second[:10]
    for order in epochs:  # a pool from all over the corpus, not ten neighbours
        assert np.ptp(order[:10]) > 40


def test_a_formula_stays_in_training(tmp_path: Path) -> None:
    """Twenty pairs of one group may be held out, twenty-one are a formula."""
    for size, held_out in ((20, 20), (21, 0)):
        pairs = [Pair("The same.", f"{n} igual") for n in range(size)]
        assert int((split_pairs(pairs, 30, 0).parts == 1).sum()) == held_out


def test_a_budget_given_takes_the_place_of_the_one_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('corpora = ["a.tsv"]\ndev = "b.tsv"\nsteps = 700\nseed = 3\n', "utf-8")
    given = _settings(path, {"minutes": 5.0})
    assert (given.steps, given.minutes, given.seed) == (None, 5.0, 3)
    kept = _settings(path, {"seed": 4})
    assert (kept.steps, kept.minutes, kept.seed) == (700, None, 4)
    assert isinstance(kept, TrainConfig)


def test_what_was_left_out_is_told_at_the_start(configure: Configure, tmp_path: Path) -> None:
    from io import StringIO

    from rich.console import Console

    from translator.commands.train.view import opening

    path = tmp_path / "mine.jsonl"
    path.write_text(RECORDS, "utf-8")
    console = Console(file=StringIO(), width=300)
    console.print(opening(opened(configure(corpora=(str(path),)))))
    assert "2 records left out, the first at line 2" in console.file.getvalue()  # type: ignore[attr-defined]
