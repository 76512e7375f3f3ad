"""Parallel files → pairs → batches: nothing lost, nothing twice, every bad line named."""

from __future__ import annotations

import gzip
import itertools
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from translator.config import Direction
from translator.corpus import batches
from translator.corpus.batches import Batch, BatchStream, Corpus, Example, Position, collate, make_batches
from translator.corpus.pairs import Pair, corpus_name, read_pairs
from translator.corpus.prefetch import in_order
from translator.errors import InputError, TranslatorError
from translator.text.subwords import BOS, EOS, PAD, TAGS, Subwords

GOOD = [Pair("One boat.", "Um barco."), Pair("Two boats!", "Dois barcos!"), Pair("It’s honey", "É mel")]
PLAIN = "".join(f"{en}\t{pt}\n" for en, pt in GOOD).encode()
BOTH: tuple[Direction, Direction] = ("en-pt", "pt-en")
# Every sentence is another number, so a decoded row tells which pair it came from; the lengths differ.
PAIRS = [Pair(f"{n} boats" + " wait" * (n % 5), f"{n} barcos" + " e mel" * (n % 3)) for n in range(23)]


def packed(data: bytes) -> bytes:
    """``data`` as gzip, the same bytes whenever it is made: test names are made of them."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("plain.tsv", PLAIN),
        ("packed.tsv.gz", packed(PLAIN)),
        ("marked.tsv", b"\xef\xbb\xbf" + PLAIN),
        ("marked.tsv.gz", packed(b"\xef\xbb\xbf" + PLAIN)),
        ("windows.tsv", b"\xef\xbb\xbf" + PLAIN.replace(b"\n", b"\r\n")),
        ("blanks.tsv", b"\n \n" + PLAIN.replace(b"\n", b"\n\r\n") + b"\t\n\n"),
        ("no-last-newline.tsv", PLAIN.rstrip()),
        ("padded.tsv", PLAIN.replace(b"\t", b" \t  ")),
    ],
)
def test_good_files(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert list(read_pairs(path)) == GOOD


TWO = b"One boat.\tUm barco.\n\n"  # two good lines, the second blank, so the bad one is the third


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("one.tsv", TWO + b"no tab\n", "one.tsv, line 3: 1 column, expected 2"),
        ("three.tsv", TWO + b"a\tb\tc\n", "three.tsv, line 3: 3 columns, expected 2"),
        ("left.tsv", TWO + b" \tmel\n", "left.tsv, line 3: the English side is empty"),
        ("right.tsv", TWO + b"honey\t\r\n", "right.tsv, line 3: the Portuguese side is empty"),
        ("latin.tsv", TWO + b"bread\tp\xe3o\n", "latin.tsv, line 3: not UTF-8 (byte 0xE3 at column 8)"),
        ("utf16.tsv", "a\tb".encode("utf-16"), "utf16.tsv, line 1: not UTF-8 (byte 0xFF at column 1)"),
        ("cut.tsv.gz", packed(PLAIN * 99)[:-12], "cut.tsv.gz cannot be read to its end"),
        ("bent.tsv.gz", packed(PLAIN)[:10] + b"\xff" * 20, "bent.tsv.gz cannot be read to its end"),
        ("fake.tsv.gz", PLAIN, "fake.tsv.gz cannot be read to its end"),
        ("empty.tsv", b"", "empty.tsv holds no sentence pair"),
        ("blank.tsv", b"\xef\xbb\xbf\r\n \n", "blank.tsv holds no sentence pair"),
        ("empty.tsv.gz", packed(b""), "empty.tsv.gz holds no sentence pair"),
    ],
    ids=lambda value: value if isinstance(value, str) and ".tsv" in value and " " not in value else "",
)
def test_bad_files_are_named_by_line(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"^{re.escape(f'{tmp_path}/{message}')}") as caught:
        list(read_pairs(path))
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_a_bad_byte_after_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "latin.tsv"
    path.write_bytes(b"\xef\xbb\xbfbread\tp\xe3o\n")
    with pytest.raises(InputError, match="byte 0xE3 at column 8"):
        list(read_pairs(path))


def test_a_side_that_normalises_to_nothing_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "invisible.tsv"
    path.write_text("\u200b\tmel\n", "utf-8")
    with pytest.raises(InputError, match="line 1: the English side is empty"):
        list(read_pairs(path))


def test_no_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file: .*/gone\.tsv"):
        list(read_pairs(tmp_path / "gone.tsv"))
    with pytest.raises(InputError, match="is a folder"):
        list(read_pairs(tmp_path))
    assert [corpus_name(Path(f"a/{name}")) for name in ("news.tsv.gz", "news.tsv", "news")] == ["news"] * 3


def stream(subwords: Subwords, corpora: Sequence[Corpus] | None = None, **options: Any) -> BatchStream:
    settings: dict[str, Any] = {"batch_tokens": 90, "max_pieces": 60} | options
    return BatchStream(corpora or [Corpus("boats", PAIRS)], subwords, settings.pop("directions", BOTH), **settings)


def epoch(stream: BatchStream) -> list[Batch]:
    """The batches of the epoch that ``stream`` stands in."""
    found: list[Batch] = []
    now = stream.position.epoch
    for batch in stream:
        if stream.position.epoch > now:
            stream.position = Position(now + 1)  # as if the batch that told us had not been drawn
            return found
        found.append(batch)
    raise AssertionError("a stream never ends")


def told(subwords: Subwords, found: list[Batch]) -> Counter[tuple[int, str, str]]:
    """How often each tag, source and target is in ``found``."""
    rows: Counter[tuple[int, str, str]] = Counter()
    for batch in found:
        for source, target in zip(batch.source.tolist(), batch.target_out.tolist(), strict=True):
            rows[source[0], subwords.decode(source), subwords.decode(target)] += 1
    return rows


@pytest.mark.parametrize("directions", [BOTH, ("en-pt",), ("pt-en",)])
def test_every_example_once_an_epoch_in_each_direction(
    subwords: Subwords, directions: Sequence[Direction], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "POOL", 7)
    expected = Counter[tuple[int, str, str]]()
    for en, pt in PAIRS:
        expected.update([(5, en, pt)] if "en-pt" in directions else [])  # 5 = <2pt>
        expected.update([(4, pt, en)] if "pt-en" in directions else [])
    ours = stream(subwords, directions=directions)
    assert ours.examples == expected.total()
    first, second = epoch(ours), epoch(ours)
    assert told(subwords, first) == told(subwords, second) == expected
    assert [b.source.tolist() for b in first] != [b.source.tolist() for b in second]
    assert ours.left_out == 0


def test_short_sentences_first_in_the_first_epoch_alone(subwords: Subwords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "POOL", 9)
    ours = stream(subwords, short_first=True, directions=("en-pt",))
    first, second = epoch(ours), epoch(ours)
    assert told(subwords, first) == told(subwords, second)
    widths = [[batch.source.shape[1] for batch in found] for found in (first, second)]
    assert widths[0][0] < widths[0][-1]
    drops = [sum(max(0, a - b) for a, b in itertools.pairwise(told)) for told in widths]
    assert drops[0] < drops[1] / 3  # by letters, which are nearly pieces


def test_slips_stand_in_the_source_alone(subwords: Subwords) -> None:
    plain, slipped = (told(subwords, epoch(stream(subwords, typos=share))) for share in (0.0, 0.9))
    assert Counter(target for _, _, target in plain.elements()) == Counter(t for _, _, t in slipped.elements())
    changed = (slipped - plain).total() / plain.total()
    assert 0.6 < changed < 0.98


def test_a_batch_by_hand() -> None:
    examples = [Example([5, 11, 3], [21, 22, 3]), Example([5, 12, 13, 14, 3], [23, 3])]
    batch = collate(examples)
    assert batch.source.tolist() == [[5, 11, 3, PAD, PAD], [5, 12, 13, 14, 3]]
    assert batch.source_mask is not None
    assert batch.source_mask.tolist() == [[True] * 3 + [False] * 2, [True] * 5]
    assert batch.target_out.tolist() == [[21, 22, 3], [23, 3, PAD]]
    assert batch.target_in.tolist() == [[BOS, 21, 22], [BOS, 23, PAD]]
    assert batch.tokens == 3 + 3 + 5 + 2
    assert collate(examples[:1]).source_mask is None


def test_no_batch_is_over_its_tokens_and_none_could_take_another(subwords: Subwords) -> None:
    found = epoch(stream(subwords))
    assert len(found) > 5
    for batch in found:
        assert batch.source.numel() + batch.target_out.numel() <= 90
        assert batch.tokens == int((batch.source != PAD).sum() + (batch.target_out != PAD).sum())
        assert (batch.source_mask is None) == bool((batch.source != PAD).all())
        assert set(batch.source[:, 0].tolist()) <= set(TAGS.values())
        ends = (batch.target_out == EOS).int().argmax(dim=1)
        for read, predicted, end in zip(batch.target_in, batch.target_out, ends.tolist(), strict=True):
            assert read.tolist()[: end + 1] == [BOS, *predicted.tolist()[:end]]
    examples = [Example([5] * s, [9] * t) for s, t in ((2, 3), (2, 3), (2, 4), (3, 2), (30, 30), (4, 4))]
    cut = [[(len(e.source), len(e.target)) for e in batch] for batch in make_batches(examples, 12)]
    assert cut == [[(3, 2), (2, 3)], [(2, 3), (2, 4)], [(4, 4)], [(30, 30)]]  # 3 rows of 3+3 would be 18 tokens


def test_large_batches_hold_little_padding() -> None:
    """Sorted by source length alone, as once, these batches are four fifths tokens."""
    random = np.random.default_rng(7)
    lengths = [(s, max(1, round(s * random.uniform(0.6, 1.6)))) for s in random.integers(3, 100, 4000).tolist()]
    found = [collate(batch) for batch in make_batches([Example([5] * s, [9] * t) for s, t in lengths], 8192)]
    assert sum(batch.tokens for batch in found) / sum(batch.size for batch in found) > 0.88


def test_a_seed_fixes_the_order(subwords: Subwords) -> None:
    one, same, other = ([b.source.tolist() for b in epoch(stream(subwords, seed=seed))] for seed in (3, 3, 4))
    assert one == same
    assert one != other


def test_weights_are_passes_an_epoch(subwords: Subwords) -> None:
    half, double = PAIRS[:10], PAIRS[10:]
    ours = stream(subwords, [Corpus("half", half, 0.5), Corpus("double", double, 2.0)])
    assert ours.examples == 2 * (5 + 26)
    drawn = []
    for _ in range(6):
        rows = told(subwords, epoch(ours))
        assert all(rows[5, en, pt] == rows[4, pt, en] == 2 for en, pt in double)
        drawn.append(frozenset(pair for pair in half if rows[5, pair.en, pair.pt]))
        assert all(rows[5, en, pt] == rows[4, pt, en] == 1 for en, pt in drawn[-1])
        assert len(drawn[-1]) == 5
    assert len(set(drawn)) > 1  # another half each time
    none = told(subwords, epoch(stream(subwords, [Corpus("half", half, 0.0), Corpus("double", double)])))
    assert none.total() == 26


@pytest.mark.parametrize("options", [{}, {"augment": 0.5}, {"alpha": 0.2}], ids=["plain", "augment", "sampled"])
def test_a_stream_goes_on_from_any_position(
    subwords: Subwords, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "POOL", 17)
    whole, positions = [], []
    ours = stream(subwords, **options)
    for batch in itertools.islice(ours, 50):  # several pools, over an epoch's end
        whole.append(batch)
        positions.append(ours.position)
    assert positions[-1].epoch == 2
    for count in range(1, 50, 3):
        resumed = stream(subwords, **options)
        resumed.position = positions[count - 1]
        for expected, batch in zip(whole[count : count + 9], resumed, strict=False):
            assert torch.equal(batch.source, expected.source)
            assert torch.equal(batch.target_out, expected.target_out)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere one process does the work")
@pytest.mark.parametrize("workers", [1, 3])
def test_prepared_by_other_processes_the_batches_are_the_same(
    subwords: Subwords, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "POOL", 17)
    options: dict[str, Any] = {"augment": 0.4, "slots": 0.3, "alpha": 0.2, "max_pieces": 14}
    ours, theirs = stream(subwords, **options), stream(subwords, workers=workers, **options)
    for expected, batch in zip(itertools.islice(ours, 40), theirs, strict=False):  # over an epoch's end
        assert torch.equal(batch.source, expected.source)
        assert torch.equal(batch.target_in, expected.target_in)
        assert theirs.position == ours.position
    assert ours.position.epoch >= 1
    assert theirs.left_out == ours.left_out > 0
    resumed = stream(subwords, workers=workers, **options)
    resumed.position = ours.position
    assert torch.equal(next(iter(resumed)).source, next(iter(ours)).source)


def _doubled(epoch: int, pool: int) -> int:
    if pool == 9:
        os.kill(os.getpid(), signal.SIGKILL)
    if pool == 5:
        raise InputError("five", "not five")
    return 2 * pool


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere one process does the work")
def test_what_another_process_meets_comes_back() -> None:
    assert list(in_order(_doubled, iter([(0, 1), (0, 4), (1, 0)]), 2)) == [((0, 1), 2), ((0, 4), 8), ((1, 0), 0)]
    endless = in_order(_doubled, ((0, 1) for _ in itertools.count()), 2)
    assert next(endless) == ((0, 1), 2)
    endless.close()  # type: ignore[attr-defined]  # the rest is let go
    with pytest.raises(InputError, match="five"):
        list(in_order(_doubled, iter([(0, 5)]), 1))
    with pytest.raises(TranslatorError, match="prepares batches was killed"):
        list(in_order(_doubled, iter([(0, 1), (0, 9), (0, 2)]), 1))


def test_the_share_of_an_epoch_is_told_by_batches(subwords: Subwords, monkeypatch: pytest.MonkeyPatch) -> None:
    """46 examples in pools of 17, 17 and 12."""
    monkeypatch.setattr(batches, "POOL", 17)
    ours = stream(subwords)
    shares = [ours.epochs_done()]
    ends = {}  # share by pool, after its last batch
    for _ in ours:
        shares.append(ours.epochs_done())
        if ours.position.epoch:
            break
        ends[ours.position.pool] = shares[-1]
    assert ends == pytest.approx({0: 17 / 46, 1: 34 / 46, 2: 1.0})
    assert shares[0] == 0
    assert shares == sorted(set(shares))
    resumed = stream(subwords)
    resumed.position = ours.position
    assert resumed.epochs_done() == ours.epochs_done() == shares[-1]


def test_long_examples_are_left_out_and_counted(subwords: Subwords) -> None:
    """``max_pieces`` holds the tag and ``</s>`` of a source, the ``</s>`` of a target."""
    pair = Pair("boat", "mel e mel e mel")
    en, pt = len(subwords.encode(pair.en)), len(subwords.encode(pair.pt))
    assert en + 2 < pt + 1
    corpora = [Corpus("one", [pair, Pair("a", "o")])]
    for most, expected in ((pt + 2, 4), (pt + 1, 3), (pt, 2)):  # both directions, into Portuguese only, neither
        ours = stream(subwords, corpora, max_pieces=most, batch_tokens=999)
        assert len(next(iter(ours)).source) == expected
        assert ours.left_out == 4 - expected


def test_a_mix_of_nothing_is_an_error(subwords: Subwords) -> None:
    with pytest.raises(InputError, match="within 60 pieces"):
        next(iter(stream(subwords, [Corpus("none", PAIRS, 0.0)])))


def test_what_is_left_out_is_counted_once(subwords: Subwords) -> None:
    ours = stream(subwords, [Corpus("two", [Pair("a", "o"), Pair("boats " * 30, "mel " * 30)])])
    list(itertools.islice(ours, 6))
    assert ours.position.epoch == 5
    assert ours.left_out == 2  # one pair, both directions


def test_nothing_short_enough_is_an_error(subwords: Subwords, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = stream(subwords, max_pieces=2)
    calls = itertools.count()

    def nothing(epoch: int, pool: int) -> tuple[list[Any], int]:
        assert next(calls) < 9, "still looking"
        return [], 0

    monkeypatch.setattr(ours, "_pool", nothing)
    with pytest.raises(InputError, match="within 2 pieces"):
        next(iter(ours))
