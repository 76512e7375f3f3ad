"""Slots: what must come through unchanged goes out of the text, through the model as a symbol, and back in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.corpus.augment import with_slots
from translator.corpus.batches import BatchStream, Corpus
from translator.corpus.pairs import Pair
from translator.text.slots import SLOTS, fill, is_filled, slots_in
from translator.text.subwords import Subwords


def test_a_slot_is_one_piece_and_comes_back_where_it_stood(subwords: Subwords) -> None:
    assert subwords.slots == SLOTS
    text = f"Honey ({SLOTS[3]}), {SLOTS[0]}; honey{SLOTS[7]}!"
    ids = subwords.encode(text)
    assert subwords.decode(ids) == text
    for slot in slots_in(text):
        assert [subwords.piece(i) for i in ids].count(slot) == 1
        assert slot in [word.text for word in subwords.words(ids)]


def test_a_direction_tag_keeps_its_id_beside_the_slots(subwords: Subwords) -> None:
    assert [subwords.piece(i) for i in range(6)] == ["<pad>", "<unk>", "<s>", "</s>", "<2en>", "<2pt>"]


def test_filling() -> None:
    a, b = SLOTS[:2]
    assert fill(f"see {a}, {b}.", {a: "x", b: f"{a}y"}) == f"see x, {a}y."
    assert fill(f"see {a} now", {}) == "see now"
    assert is_filled(f"{b} {a}", [a, b])
    assert not is_filled(f"{a} {a}", [a])
    assert not is_filled(a, [])


WORD = st.sampled_from(["Ana", "main.py", "hotel", "12", "go", "a", "bridge,", "(Rio)", "it.", "https://x.org/y"])


@given(st.lists(WORD, min_size=1, max_size=8), st.integers(0, 99))
def test_both_sides_get_the_same_slots_once_each(words: list[str], seed: int) -> None:
    pair = Pair(" ".join(words), " ".join(reversed(words)))
    en, pt = with_slots(pair, np.random.default_rng(seed))
    assert sorted(slots_in(en)) == sorted(slots_in(pt)) == sorted(set(slots_in(en)))
    assert slots_in(en)


def test_only_what_looks_like_something_to_copy_goes() -> None:
    pair = Pair("Ana has 12 hens on a farm", "Ana tem 12 galinhas a farm no")
    gone = set()
    for seed in range(60):
        en, pt = with_slots(pair, np.random.default_rng(seed))
        gone |= {word for word in pair.en.split() if word not in en.split()}
        assert {w for w in pair.pt.split() if w not in pt.split()} == {
            w for w in pair.en.split() if w not in en.split()
        }
    assert gone == {"Ana", "12", "farm"}


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.999, 40)])
def test_the_stream_puts_slots_into_its_share(subwords: Subwords, share: float, expected: int) -> None:
    pairs = [Pair(f"Ana {n} sings.", f"Ana {n} canta.") for n in range(20)]
    stream = BatchStream(
        [Corpus("c", pairs)], subwords, ["en-pt", "pt-en"], batch_tokens=10_000, max_pieces=60, slots=share
    )
    ids = {subwords.encode(slot)[-1] for slot in SLOTS}
    batch = next(iter(stream))
    with_one = [row for row in batch.source.tolist() if ids & set(row)]
    assert len(with_one) == expected
    assert len([row for row in batch.target_out.tolist() if ids & set(row)]) == expected
