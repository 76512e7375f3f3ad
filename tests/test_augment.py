"""Pairs as people type them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from translator.data.augment import as_typed
from translator.data.pairs import Pair

PAIR = Pair("Is João's honey fresh?", "O mel do João é fresco?")


def test_every_way_of_typing_comes_up_and_changes_both_sides_alike() -> None:
    random = np.random.default_rng(3)
    seen = {as_typed(PAIR, random) for _ in range(200)}
    assert seen == {
        Pair("Is João's honey fresh", "O mel do João é fresco"),
        Pair("is João's honey fresh", "o mel do João é fresco"),
        Pair("is joão's honey fresh", "o mel do joão é fresco"),
        Pair("IS JOÃO'S HONEY FRESH?", "O MEL DO JOÃO É FRESCO?"),
    }


TEXT = st.text(min_size=1, max_size=8).filter(str.strip)


@given(TEXT, TEXT, st.integers(0, 9))
def test_no_side_ever_becomes_empty(en: str, pt: str, seed: int) -> None:
    assert all(as_typed(Pair(en, pt), np.random.default_rng(seed)))
