"""Pairs that a model finds unlikely: listed, and the worst share dropped."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from examples import SENTENCES

from translator.corpus.doctor import fix as room
from translator.corpus.doctor.exam import Plan
from translator.corpus.doctor.fix import fix
from translator.corpus.pairs import Pair, read_pairs
from translator.evaluation.likelihood import pair_scorer
from translator.translation import Translator

CommandLine = Callable[..., tuple[int, str, str]]
LEARNED = [Pair(en, pt) for en, pt in zip(SENTENCES[::2], SENTENCES[1::2], strict=True)]


def by_number(pairs: Sequence[Pair]) -> np.ndarray:
    """The number that a sentence opens with says how good its pair is."""
    return np.array([float(pair.en.split()[0]) for pair in pairs], dtype=np.float32)


@pytest.fixture
def numbered(tmp_path: Path) -> Path:
    order = np.random.default_rng(3).permutation(40)
    path = tmp_path / "numbered.tsv"
    path.write_text("".join(f"{n} boats wait here\t{n} barcos esperam aqui\n" for n in order), "utf-8")
    return path


@pytest.mark.parametrize("together", [7, 2048])
def test_the_worst_share_goes_and_the_rest_stays_in_order(
    numbered: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(room, "_TOGETHER", together)
    pairs = list(read_pairs(numbered))
    kept: list[Pair] = []
    dropped = io.StringIO()
    result = fix([numbered], Plan(), kept.append, dropped, score=by_number, worst=0.1)
    assert kept == [pair for pair in pairs if int(pair.en.split()[0]) >= 4]
    assert result.fixed is not None
    assert (result.fixed["read"], result.fixed["kept"], result.fixed["dropped"]) == (40, 36, {"unlikely": 4})
    rows = [line.split("\t") for line in dropped.getvalue().splitlines()]
    assert {row[2] for row in rows} == {"unlikely"}
    assert all(pairs[int(line) - 1] == Pair(en, pt) for _, line, _, en, pt in rows)
    found = result.likelihood
    assert found is not None
    assert [example["score"] for example in found["examples"]] == list(range(10))
    assert all(pairs[example["line"] - 1].en == example["en"] for example in found["examples"])
    assert [found["median"], found["lowest_tenth"]] == pytest.approx([19.5, 3.9])


def test_without_a_share_nothing_is_dropped(numbered: Path) -> None:
    kept: list[Pair] = []
    result = fix([numbered], Plan(), kept.append, score=by_number)
    assert (len(kept), result.fixed and result.fixed["dropped"]) == (40, {})


def test_a_model_tells_translations_from_other_sentences(trained: Path) -> None:
    wrong = [Pair(one.en, other.pt) for one, other in zip(LEARNED, LEARNED[1:] + LEARNED[:1], strict=True)]
    with Translator.load(trained) as translator:
        score = pair_scorer(translator)
        good, bad = score(LEARNED), score(wrong)
        assert good.min() > bad.max()
        long = Pair("One boat. " * 400, "Um barco.")
        assert score([*LEARNED, long])[-1] == pytest.approx(float(np.median(good)))
        forth = translator.log_probabilities([LEARNED[0].en], [LEARNED[0].pt], "en-pt")
        back = translator.log_probabilities([LEARNED[0].pt], [LEARNED[0].en], "pt-en")
        assert good[0] == pytest.approx((forth[0] + back[0]) / 2, abs=1e-4)  # type: ignore[operator]


def test_on_the_command_line(run: CommandLine, trained: Path, tmp_path: Path) -> None:
    path, out = tmp_path / "mine.tsv", tmp_path / "clean.tsv"
    bad = Pair(LEARNED[0].en, LEARNED[1].pt)
    path.write_text("".join(f"{en}\t{pt}\n" for en, pt in [*LEARNED, bad]), "utf-8")
    model = ["--model", str(trained), "--keep", "misaligned"]
    code, told, err = run("corpus", "doctor", str(path), "--score", *model)
    assert code == 0, err
    listed = told[told.index("the least likely pairs") :].splitlines()
    assert listed[2].split()[:4] == ["line", "5", *bad.en.split()[:2]]
    assert "Fixed" not in told
    code, told, err = run("corpus", "doctor", str(path), "--drop-worst", "0.2", "--fix", str(out), "--json", *model)
    assert code == 0, err
    assert list(read_pairs(out)) == LEARNED
    found = json.loads(told)
    assert (found["likelihood"]["dropped"], found["fixed"]["dropped"]) == (1, {"unlikely": 1})
    assert found["likelihood"]["examples"][0]["line"] == 5
    code, _, err = run("corpus", "doctor", str(path), "--drop-worst", "0.2", *model)
    assert (code, "--drop-worst needs --fix" in err) == (2, True)
