"""Three parts of a corpus: no sentence in two of them, no pair lost, the same by the same seed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.corpus.pairs import Pair, read_pairs
from translator.corpus.split import sentence_keys, split_pairs

CommandLine = Callable[..., tuple[int, str, str]]

WORDS = st.sampled_from(["boat", "Boat.", "old boat", "honey", "HONEY!", "bee", "a", "b", "c", "d", "e", "f"])
PAIRS = st.lists(st.builds(Pair, WORDS, WORDS), max_size=30)


@given(PAIRS, st.integers(0, 6), st.integers(0, 6), st.integers(0, 3), st.booleans())
def test_no_sentence_stands_in_two_parts(pairs: list[Pair], dev: int, test: int, seed: int, near: bool) -> None:
    found = split_pairs(pairs, dev, test, seed=seed, near=near)
    assert len(found.parts) == len(pairs)
    assert (int((found.parts == 1).sum()) <= dev, int((found.parts == 2).sum()) <= test) == (True, True)
    keys = [{key for pair, at in zip(pairs, found.parts, strict=True) if at == part for key in sentence_keys(pair)}
            for part in range(3)]  # fmt: skip
    assert keys[0].isdisjoint(keys[1] | keys[2])
    assert keys[1].isdisjoint(keys[2])
    again = split_pairs(iter(pairs), dev, test, seed=seed, near=near)
    assert np.array_equal(found.parts, again.parts)


def test_groups_by_hand() -> None:
    """0–1 share English, 1–2 Portuguese but for marks, 3 nothing: a word that both languages spell alike joins none."""
    pairs = [Pair("One boat", "Um barco"), Pair("ONE boat!", "Barco"), Pair("Boat", "barco."), Pair("Barco", "Um mel")]
    found = split_pairs(pairs, 1, 0)
    assert (found.groups, found.largest, found.parts.tolist()) == (2, 3, [0, 0, 0, 1])
    long = [Pair(f"{n} the old boat is in the harbour", f"{n}") for n in range(3)]
    assert (split_pairs(long, 1, 1).groups, split_pairs(long, 1, 1, near=True).groups) == (3, 1)


def test_a_chain_of_pairs_is_one_group_however_long() -> None:
    chain = [Pair(f"{n // 2}", f"{(n + 1) // 2}") for n in range(2_000)]
    order = np.random.default_rng(3).permutation(len(chain))
    found = split_pairs([chain[i] for i in order], 5, 5)
    assert (found.groups, found.largest) == (1, 2_000)
    assert found.parts.sum() == 0


def test_split_writes_every_pair_once(run: CommandLine, tmp_path: Path) -> None:
    pairs = [Pair(f"Boat {n}", f"Barco {n}") for n in range(60)]
    for name, part in (("one.tsv", pairs[:40]), ("two.tsv", pairs[40:])):
        (tmp_path / name).write_text("".join(f"{en}\t{pt}\n" for en, pt in part), "utf-8")
    names = [str(tmp_path / name) for name in ("one.tsv", "two.tsv")]
    out = tmp_path / "parts"
    options = ["--out", str(out), "--dev", "7", "--test", "9", "--ending", "jsonl.zst"]
    code, told, _ = run("corpus", "split", *names, *options, "--json")
    assert (code, json.loads(told)) == (0, {"train": 44, "dev": 7, "test": 9, "groups": 60, "largest_group": 1})
    found = {part: list(read_pairs(out / f"{part}.jsonl.zst")) for part in ("train", "dev", "test")}
    assert sorted(pair for part in found.values() for pair in part) == sorted(pairs)
    for part in found.values():
        assert part == [pair for pair in pairs if pair in part]  # in their old order
    assert run("corpus", "split", *names, *options)[0] == 2
    assert run("corpus", "split", *names, *options, "--force", "--seed", "2")[0] == 0
    assert list(read_pairs(out / "dev.jsonl.zst")) != found["dev"]


def test_what_can_be_read_only_once_is_not_split(run: CommandLine, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.tsv"
    os.mkfifo(pipe)
    for name in ("-", str(pipe)):
        code, _, err = run("corpus", "split", name, "--out", str(tmp_path / "parts"), stdin=b"One\tUm\nTwo\tDois\n")
        assert (code, "is a pipe" in err) == (2, True)
    assert not (tmp_path / "parts").exists()


@pytest.mark.parametrize(
    ("options", "told"), [(["--dev", "0", "--test", "0"], "nothing to split"), (["--dev", "9"], "fewer pairs")]
)
def test_what_cannot_be_split(run: CommandLine, tmp_path: Path, options: list[str], told: str) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("One\tUm\nOne\tDois\n", "utf-8")
    code, _, err = run("corpus", "split", str(path), "--out", str(tmp_path / "parts"), *options)
    assert (code, told in err) == (2, True)
    assert not (tmp_path / "parts").exists()
