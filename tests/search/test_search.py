"""Search over a table of probabilities, worked out by hand; then over an untrained model, cached, alone, in a batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from translator.config import SearchConfig
from translator.corpus.batches import pad
from translator.model.transformer import Encoded, Transformer
from translator.search.hypothesis import Hypothesis, hypothesis, length_limit, length_penalty, rank
from translator.search.search import beam_search, greedy_search, search, search_sources, search_texts
from translator.search.torch_engine import TorchScorer
from translator.text.subwords import BOS, EOS, Subwords

LETTERS = "abcdefgh"
ID = {letter: 6 + i for i, letter in enumerate(LETTERS)} | {".": EOS}
V = 6 + len(LETTERS)
NEVER = 1e-9  # probability of all that a table does not name
Table = dict[str, dict[str, float]]  # what was said so far → probability of each next letter; "." ends
END, BABBLE = {".": 1.0}, {"h": 1.0}


@dataclass
class TableScorer:
    """A model that is a table; it babbles where the table ends. A source's second id says which table speaks."""

    tables: Sequence[Table]
    max_length: int = 50
    steps: int = 0

    def start(self, sources: Sequence[Sequence[int]]) -> list[tuple[int, list[int]]]:
        return [(source[1] if len(source) > 1 else 0, []) for source in sources]

    def step(self, tokens: Tensor, state: list[tuple[int, list[int]]]) -> tuple[Tensor, list[tuple[int, list[int]]]]:
        self.steps += 1
        state = [(table, [*read, token]) for (table, read), token in zip(state, tokens.tolist(), strict=True)]
        rows = torch.full((len(state), V), NEVER)
        for row, (table, read) in enumerate(state):
            assert read[0] == BOS
            said = letters(read[1:])
            for letter, p in self.tables[table].get(said, BABBLE).items():
                rows[row, ID[letter]] = p
        return rows.log(), state

    def select(self, state: list[tuple[int, list[int]]], rows: Tensor) -> list[tuple[int, list[int]]]:
        return [state[row] for row in rows.tolist()]


def letters(ids: Sequence[int]) -> str:
    return "".join("." if i == EOS else LETTERS[i - 6] if i >= 6 else "?" for i in ids)


def told(found: Sequence[Hypothesis]) -> list[str]:
    return [letters(h.ids) + "." * h.ended for h in found]


def one(table: Table, config: SearchConfig, source: Sequence[int] = (5, 0, 3)) -> list[Hypothesis]:
    return search(TableScorer([table]), [source], config)[0]


# "a" is the likelier beginning, "b" begins the likelier whole: .6 * .4 * 1 = .24 against .4 * .9 = .36.
TRAP: Table = {
    "": {"a": 0.6, "b": 0.4},
    "a": {"c": 0.4, "d": 0.35, ".": 0.25},
    "b": {".": 0.9, "c": 0.1},
    "ac": END,
}


def test_greedy_falls_into_the_trap_and_a_beam_does_not() -> None:
    greedy = one(TRAP, SearchConfig(beam=1, length_penalty=0))[0]
    assert (told([greedy]), greedy.ended) == (["ac."], True)
    assert greedy.log_p == pytest.approx(math.log(0.24), abs=1e-5)
    beam = one(TRAP, SearchConfig(beam=2, n_best=2, length_penalty=0))
    assert told(beam) == ["b.", "ac."]
    assert [h.log_p for h in beam] == pytest.approx([math.log(0.36), math.log(0.24)], abs=1e-5)
    assert [h.score for h in beam] == [h.log_p for h in beam]


def test_a_wider_beam_sees_further() -> None:
    """The best whole begins with the third letter: a beam of two has dropped it, a beam of three has not."""
    table: Table = {
        "": {"a": 0.4, "b": 0.35, "c": 0.25},
        "a": {"d": 0.3, "e": 0.3, "f": 0.4},
        "b": {"d": 0.3, "e": 0.3, "f": 0.4},
        "c": {"e": 1.0},
    } | dict.fromkeys(["af", "bf", "ce"], END)
    found = {beam: told(one(table, SearchConfig(beam=beam, length_penalty=0)))[0] for beam in (1, 2, 3)}
    assert found == {1: "af.", 2: "af.", 3: "ce."}


def test_a_finished_hypothesis_waits_for_the_others() -> None:
    """ "a." (.495) is complete first; the search goes on until two are."""
    table: Table = {"": {"a": 0.55, "b": 0.45}, "a": {".": 0.9, "c": 0.1}, "b": {"c": 1.0}, "bc": {"d": 1.0}}
    table["bcd"] = END
    scorer = TableScorer([table])
    found = search(scorer, [[5, 0, 3]], SearchConfig(beam=2, n_best=2, length_penalty=0))[0]
    assert told(found) == ["a.", "bcd."]
    assert scorer.steps == 4


def test_length_penalty_by_hand() -> None:
    assert length_penalty(1, 1.0) == 1
    assert length_penalty(7, 1.0) == 2
    assert length_penalty(19, 0.5) == pytest.approx(2)
    assert length_penalty(13, 2.0) == 9
    assert length_penalty(13, 0.0) == 1
    assert hypothesis([6, 7, 8, 9, 6, 7, EOS], -3.0, 1.0) == Hypothesis([6, 7, 8, 9, 6, 7], -3.0, -1.5, True)
    assert hypothesis([6, 7, 8, 9, 6, 7, 8], -3.0, 1.0) == Hypothesis([6, 7, 8, 9, 6, 7, 8], -3.0, -1.5, False)


def test_the_length_penalty_decides() -> None:
    """ln .5 = -.69 for 2 tokens against ln .4 = -.92 for 7: divided by 7/6 and 2, -.594 and -.458."""
    table: Table = {"": {"a": 0.5, "b": 0.4}, "a": END, "bcdefg": END}
    table |= {"bcdefg"[:n]: {"bcdefg"[n]: 1.0} for n in range(1, 6)}
    short = one(table, SearchConfig(beam=2, length_penalty=0))
    long = one(table, SearchConfig(beam=2, length_penalty=1))
    assert (told(short), told(long)) == (["a."], ["bcdefg."])
    assert long[0].score == pytest.approx(math.log(0.4) / 2, abs=1e-5)


def test_of_more_completed_than_w_the_least_probable_go_first() -> None:
    """Ranked by score alone the third would win; it is the least probable, and a beam of two never had it."""
    found = [Hypothesis([6], -1.0, -0.9, True), Hypothesis([7], -2.0, -1.0, True), Hypothesis([8], -3.0, -0.1, True)]
    assert [h.ids for h in rank(found, SearchConfig(beam=2, n_best=2))] == [[6], [7]]
    assert [h.ids for h in rank(found, SearchConfig(beam=3, n_best=3))] == [[8], [6], [7]]
    assert [h.ids for h in rank(found, SearchConfig(beam=3))] == [[8]]


@pytest.mark.parametrize("beam", [1, 2, 3])
def test_a_translation_is_never_empty(beam: int) -> None:
    table: Table = {"": {".": 0.98, "a": 0.01, "b": 0.006, "c": 0.004}} | dict.fromkeys("abc", END)
    assert told(one(table, SearchConfig(beam=beam, n_best=beam, length_penalty=0))) == ["a.", "b.", "c."][:beam]


ENDLESS: Table = {"a" * n: {"a": 0.9, "b": 0.1} for n in range(70)}


def test_limits_by_hand() -> None:
    assert length_limit([5, 6, 3], SearchConfig(max_ratio=1.5), 100) == 14
    assert length_limit([5, 6, 3], SearchConfig(max_ratio=3), 17) == 17


@pytest.mark.parametrize("beam", [1, 3])
@pytest.mark.parametrize(("ratio", "longest", "limit"), [(1.5, 50, 14), (1e-9, 50, 10), (3.0, 12, 12)])
def test_what_does_not_end_is_cut_off_and_says_so(beam: int, ratio: float, longest: int, limit: int) -> None:
    scorer = TableScorer([ENDLESS], max_length=longest)
    best = search(scorer, [[5, 0, 3]], SearchConfig(beam=beam, max_ratio=ratio))[0][0]
    assert told([best]) == ["a" * limit]
    assert best.log_p == pytest.approx(limit * math.log(0.9), rel=1e-4)
    assert scorer.steps == limit


def test_sources_of_different_fate_share_a_batch() -> None:
    """One ends at once, one falls to its limit, one is the trap; each as if it were alone, in the order given."""
    tables = [TRAP, {"": {"g": 1.0}, "g": END}, ENDLESS]
    sources = [[5, 2, 3], [5, 0, 3], [5, 1, 3, 3, 3, 3], [5, 0, 3]]
    config = SearchConfig(beam=2, max_ratio=0.5)
    together = search(TableScorer(tables), sources, config)
    assert [told(found)[0] for found in together] == ["a" * 11, "b.", "g.", "b."]
    assert together == [search(TableScorer(tables), [source], config)[0] for source in sources]
    heard: list[int] = []
    assert search_sources(TableScorer(tables), sources, config, batch_size=3, done=heard.append) == together
    assert heard == [3, 1]
    assert search(TableScorer(tables), [], config) == []


SOURCES = st.lists(
    st.lists(st.integers(6, 340), min_size=1, max_size=9).map(lambda ids: [5, *ids, 3]), min_size=1, max_size=6
)


def ids(found: Sequence[Sequence[Hypothesis]]) -> list[list[list[int]]]:
    return [[h.ids for h in hypotheses] for hypotheses in found]


@settings(max_examples=25)
@given(SOURCES)
def test_a_beam_of_one_is_greedy(model: Transformer, sources: list[list[int]]) -> None:
    config = SearchConfig(beam=1, max_ratio=0.5)
    scorer = TorchScorer(model)
    greedy, beam = greedy_search(scorer, sources, config), beam_search(scorer, sources, config)
    assert ids(beam) == [[h.ids] for h in greedy]
    for [found], expected in zip(beam, greedy, strict=True):
        assert found.log_p == pytest.approx(expected.log_p, rel=1e-4)
        assert found.ended == expected.ended


Prefix = tuple[Encoded, Tensor]


class UncachedScorer:
    """Reads the whole prefix again at every step: slow, and obviously right."""

    def __init__(self, model: Transformer) -> None:
        self.model, self.max_length = model, model.config.max_length - 1

    @torch.inference_mode()
    def start(self, sources: Sequence[Sequence[int]]) -> Prefix:
        return self.model.encode(*pad(sources)), torch.empty(len(sources), 0, dtype=torch.int64)

    @torch.inference_mode()
    def step(self, tokens: Tensor, state: Prefix) -> tuple[Tensor, Prefix]:
        prefix = torch.cat([state[1], tokens[:, None]], dim=1)
        hidden = self.model.decode(prefix, state[0]).hidden[:, -1]
        return self.model.logits(hidden).float().log_softmax(dim=-1), (state[0], prefix)

    def select(self, state: Prefix, rows: Tensor) -> Prefix:
        mask = None if state[0].mask is None else state[0].mask.index_select(0, rows)
        return Encoded(state[0].memory.index_select(0, rows), mask), state[1].index_select(0, rows)


@settings(max_examples=25)
@given(SOURCES, st.sampled_from([1, 3]))
def test_the_cache_changes_nothing(model: Transformer, sources: list[list[int]], beam: int) -> None:
    config = SearchConfig(beam=beam, n_best=beam, max_ratio=0.3)
    cached, uncached = TorchScorer(model), UncachedScorer(model)
    assert ids(search(cached, sources, config)) == ids(search(uncached, sources, config))


@settings(max_examples=25)
@given(SOURCES, st.sampled_from([1, 3]))
def test_a_sentence_alone_is_as_in_any_batch(model: Transformer, sources: list[list[int]], beam: int) -> None:
    config = SearchConfig(beam=beam, n_best=beam, max_ratio=0.3)
    scorer = TorchScorer(model)
    together = ids(search(scorer, sources, config))
    assert together == [ids(search(scorer, [source], config))[0] for source in sources]


@settings(max_examples=25)
@given(SOURCES)
def test_the_n_best_are_sorted_and_different(model: Transformer, sources: list[list[int]]) -> None:
    config = SearchConfig(beam=5, n_best=4, max_ratio=0.3)
    for source, found in zip(sources, search(TorchScorer(model), sources, config), strict=True):
        assert len(found) == 4
        assert len({tuple(h.ids) for h in found}) == 4
        assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)
        for h in found:
            assert 1 <= len(h.ids) + h.ended <= length_limit(source, config, 60)
            assert EOS not in h.ids
            assert h.score == pytest.approx(h.log_p / length_penalty(len(h.ids) + h.ended, 1.0))


def test_log_p_is_that_of_the_words(model: Transformer) -> None:
    """Teacher-forced, the model gives a hypothesis the probability that the search says it has."""
    source = [5, 9, 70, 201, 3]
    for found in search(TorchScorer(model), [source], SearchConfig(beam=4, n_best=4))[0]:
        target = [*found.ids, EOS] if found.ended else found.ids
        with torch.no_grad():
            decoded = model.decode(torch.tensor([[BOS, *target[:-1]]]), model.encode(torch.tensor([source])))
            log_p = model.logits(decoded.hidden)[0].log_softmax(dim=-1)
        assert found.log_p == pytest.approx(float(log_p[range(len(target)), target].sum()), rel=1e-4)


def test_texts_go_in_with_their_tag_and_come_out_as_text(subwords: Subwords) -> None:
    """A scorer that ends after the piece it was told to say by the direction's tag."""
    boats, honey = (subwords.encode(word)[0] for word in ("tiny", "mel"))

    @dataclass
    class Tagged:
        max_length: int = 9

        def start(self, sources: Sequence[Sequence[int]]) -> list[int]:
            return [{4: boats, 5: honey}[source[0]] for source in sources]

        def step(self, tokens: Tensor, state: list[int]) -> tuple[Tensor, list[int]]:
            rows = torch.full((len(state), len(subwords)), -9.0)
            for row, (said, token) in enumerate(zip(state, tokens.tolist(), strict=True)):
                rows[row, said if token == BOS else EOS] = 0.0
            return rows, state

        def select(self, state: list[int], rows: Tensor) -> list[int]:
            return [state[row] for row in rows.tolist()]

    greedy = SearchConfig(beam=1)
    assert search_texts(Tagged(), subwords, ["x", "y z"], "pt-en", greedy) == [subwords.decode([boats])] * 2
    assert search_texts(Tagged(), subwords, ["x"], "en-pt", greedy) == [subwords.decode([honey])]
