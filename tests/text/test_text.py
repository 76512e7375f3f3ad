"""Strings ⇄ subwords: nothing is lost, nothing typed is special, every piece lies in one word."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import sentencepiece
from examples import SENTENCES
from hypothesis import given
from hypothesis import strategies as st

from translator.errors import CheckpointError, InputError
from translator.text.normalise import normalise
from translator.text.subwords import BOS, EOS, PAD, TAGS, UNK, Subwords

SPECIALS = {PAD, UNK, BOS, EOS, *TAGS.values()}
TRICKY = [
    *["<2pt>", "<2en>", "<s>", "</s>", "<pad>", "<unk>", "<0x41>", "▁", "▁▁a", "⁇"],
    *["\ud800", "\udfff", "\0", "\x1b[31m", "\u202e", "\ufeff", "\u00ad", "\u200b", "\u2028", "\u00a0", "\x85"],
    *["é", "e\u0301", "ç", "ã", "’", "“ ”", "👍🏽", "🏳️\u200d🌈", "﷽", "½", "²", "日本", "�", "\U0010ffff", "\u0301"],
    *SENTENCES,
]
# Any text at all (surrogates are not in st.text() by default), mixed with what has gone wrong elsewhere.
SURROGATES = st.characters(categories=["Cs", "Cc", "Cf", "Lu", "Mn"])
TEXTS = st.lists(st.text(max_size=9) | st.text(SURROGATES, max_size=4) | st.sampled_from(TRICKY), max_size=6).map(
    "".join
)


@given(TEXTS)
def test_decoding_gives_back_the_normalised_text(subwords: Subwords, text: str) -> None:
    assert subwords.decode(subwords.encode(text)) == normalise(text)


@given(TEXTS)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == " ".join(once.split())
    once.encode("utf-8")  # no lone surrogate is left


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("  a\t\tb\r\nc ", "a b c", "white space is folded, a text is one line"),
        ("a\u00a0b\u2003c\u2028d", "a b c d", "so is Unicode's white space"),
        ("e\u0301", "é", "NFC"),
        ("x² ½ １", "x² ½ １", "not NFKC: a reader sees the difference"),
        ("‘a’ “b”", "'a' \"b\"", "quotation marks are made straight"),
        ("co\u00adope\ufeffra", "coopera", "what no reader sees is removed"),
        ("is\u200bold", "is old", "a space without width parts two words all the same"),
        ("a\u202egnol\u202c", "agnol", "and so are bidirectional overrides"),
        ("a\0b\x07c\x1b[31m", "abc[31m", "and control characters"),
        ("a\x1cb\x85c", "a b c", "but control characters that are white space stay a space"),
        ("a\ud83db", "a\ufffdb", "a lone surrogate has no UTF-8"),
        ("▁a", "_a", "SentencePiece's own mark must not turn into a space"),
        ("👩\u200d🚀", "👩\u200d🚀", "joiners hold emoji together"),
    ],
    ids=lambda value: value if " " in value else "",
)
def test_normalise(text: str, expected: str, why: str) -> None:
    assert normalise(text) == expected, why


def test_special_ids_are_fixed(subwords: Subwords) -> None:
    assert [subwords.piece(i) for i in range(6)] == ["<pad>", "<unk>", "<s>", "</s>", "<2en>", "<2pt>"]
    assert (PAD, UNK, BOS, EOS, TAGS["pt-en"], TAGS["en-pt"]) == (0, 1, 2, 3, 4, 5)
    assert subwords.source("They", "en-pt") == [5, *subwords.encode("They"), 3]
    assert subwords.source("Elas", "pt-en") == [4, *subwords.encode("Elas"), 3]
    assert subwords.source("", "pt-en") == [4, 3]


@given(TEXTS)
def test_no_text_gives_a_special_id(subwords: Subwords, text: str) -> None:
    assert not SPECIALS & set(subwords.encode(text))
    assert not SPECIALS & set(subwords.encode_batch([text], alpha=0.3)[0])


def test_special_ids_are_silent(subwords: Subwords) -> None:
    ids = subwords.encode(SENTENCES[1])
    assert subwords.decode([BOS, TAGS["en-pt"], *ids, EOS, PAD, UNK]) == SENTENCES[1]


@given(TEXTS)
def test_every_piece_lies_in_exactly_one_word(subwords: Subwords, text: str) -> None:
    ids = subwords.encode(text)
    words = subwords.words(ids)
    assert [i for word in words for i in range(word.start, word.stop)] == list(range(len(ids)))
    assert all(word.start < word.stop and word.text for word in words)


@given(st.lists(st.integers(6, 340), max_size=8))
def test_every_piece_a_model_may_say_lies_in_exactly_one_word(subwords: Subwords, ids: list[int]) -> None:
    """Nothing keeps a model from saying spaces in a row or half a letter's bytes."""
    words = subwords.words(ids)
    assert [i for word in words for i in range(word.start, word.stop)] == list(range(len(ids)))
    assert all(word.text for word in words[1:])  # spaces in front of everything are a word without a name
    "".join(word.text for word in words).encode("utf-8")  # no lone surrogate is in a name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("We don't.", ["We", "don't", "."]),
        ("um guarda-chuva, não", ["um", "guarda-chuva", ",", "não"]),
        ('"olá!"', ['"', "olá", "!", '"']),
        ("25 minutes", ["25", "minutes"]),
        ("3.50€", ["3", ".", "50", "€"]),
        ("a -- b", ["a", "-", "-", "b"]),
        ("x\u0323\u0301y z", ["x\u0323\u0301y", "z"]),  # accents that NFC cannot join to their letter
        ("ok 👍🏽!", ["ok", "👍🏽", "!"]),
        ("🏳️\u200d🌈x", ["🏳️\u200d🌈", "x"]),
        ("<2pt>", ["<", "2pt", ">"]),
        ("", []),
    ],
)
def test_words_by_hand(subwords: Subwords, text: str, words: list[str]) -> None:
    assert [word.text for word in subwords.words(subwords.encode(text))] == words


def test_a_word_holds_the_pieces_that_spell_it(subwords: Subwords) -> None:
    ids = subwords.encode("We couldn't, não 25.")
    spelled = [(word.text, subwords.decode(ids[word.start : word.stop]).strip()) for word in subwords.words(ids)]
    assert len(ids) > len(spelled)
    assert all(text == pieces for text, pieces in spelled)


def test_a_lone_space_opens_the_next_word(subwords: Subwords) -> None:
    ids = subwords.encode("não 25")
    assert [subwords.piece(i) for i in ids][-3:] == ["▁", "2", "5"]
    assert [word.stop - word.start for word in subwords.words(ids)] == [len(ids) - 3, 3]


def test_a_piece_of_two_marks_is_named_by_both() -> None:
    quoting = Subwords.train(['She said "yes!"', 'We said "stop!"', '"Ah!"', '"Oh!"'] * 30, 400)
    ids = quoting.encode('"Oh!"')
    assert '!"' in [quoting.piece(i) for i in ids]
    assert "".join(word.text for word in quoting.words(ids)) == '"Oh!"'


def test_sampling_varies_the_pieces_and_never_the_text(subwords: Subwords) -> None:
    drawn = [subwords.encode_batch(SENTENCES, alpha=0.2, seed=seed) for seed in (*range(20), 7)]
    assert drawn[20] == drawn[7]
    for sentence, rows in zip(SENTENCES, zip(*drawn, strict=True), strict=True):
        assert len({tuple(row) for row in rows}) > 9
        assert {subwords.decode(row) for row in rows} == {sentence}
    assert subwords.encode_batch(SENTENCES) == [subwords.encode(text) for text in SENTENCES]


def test_training_again_gives_the_same_pieces(subwords: Subwords) -> None:
    again = Subwords.train(SENTENCES, 420)
    assert [again.piece(i) for i in range(len(again))] == [subwords.piece(i) for i in range(len(subwords))]


def test_nothing_to_learn_from() -> None:
    with pytest.raises(InputError, match="no text to learn subwords from"):
        Subwords.train(["", " \u200b"], 420)


def test_a_file_gives_the_same_subwords(subwords: Subwords, tmp_path: Path) -> None:
    path = tmp_path / "subwords.model"
    path.write_bytes(subwords.model)
    assert Subwords.load(path).encode(SENTENCES[3]) == subwords.encode(SENTENCES[3])


def test_foreign_models_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "subwords.model"
    with pytest.raises(CheckpointError, match=r"subwords\.model cannot be read: No such file"):
        Subwords.load(path)
    path.write_bytes(b"not a model")
    with pytest.raises(CheckpointError, match="cannot be read"):
        Subwords.load(path)
    buffer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES), model_writer=buffer, vocab_size=60, hard_vocab_limit=False, minloglevel=2
    )
    path.write_bytes(buffer.getvalue())
    with pytest.raises(CheckpointError, match=r"a foreign subword model: its first pieces are \['<unk>', '<s>'"):
        Subwords.load(path)


def test_a_vocabulary_too_small_for_the_characters_says_how_many_it_takes() -> None:
    with pytest.raises(InputError, match=r"300 pieces are too few.*\d{3} at least"):
        Subwords.train(["".join(chr(0x4E00 + n) for n in range(90))], 300)
