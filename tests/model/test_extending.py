"""More characters for a model that is there: old rows kept, new ones from their bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from hypothesis import given
from hypothesis import strategies as st

from translator.model.checkpoint import load_checkpoint
from translator.text.normalise import normalise
from translator.text.subwords import Subwords
from translator.translation import Translator

CommandLine = Callable[..., tuple[int, str, str]]


def test_new_rows_are_the_mean_of_their_bytes(run: CommandLine, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "more"
    code, told, err = run("subwords", "extend", "łża ł", "--model", str(trained), "--out", str(out))
    assert code == 0, err
    assert "2 pieces more" in told
    old, new = load_checkpoint(trained / "best"), load_checkpoint(out)
    V = len(old.subwords)
    assert len(new.subwords) == new.shape.vocab_size == V + 2
    before, after = (one.model.state_dict()["embedding.weight"] for one in (old, new))
    assert torch.equal(after[:V], before)
    for row, character in ((V, "ł"), (V + 1, "ż")):
        ids = [old.subwords.id(f"<0x{byte:02X}>") for byte in character.encode()]
        assert torch.allclose(after[row], before[ids].mean(0), atol=1e-3)  # kept in 16 bits
        assert new.subwords.piece(row) == character
    names = set(new.model.state_dict()) - {"embedding.weight"}
    assert all(torch.equal(new.model.state_dict()[name], old.model.state_dict()[name]) for name in names)
    assert Translator.load(out).translate("One boat.", "en-pt").target


def test_a_text_is_cut_as_before_but_for_the_new_characters(subwords: Subwords) -> None:
    more = subwords.with_characters(["ł", "ń"])
    for text in ("One boat.", "Uma abelha, duas abelhas!", "ç 東"):
        assert more.encode(text) == subwords.encode(text)
    assert len(more.encode("łń")) < len(subwords.encode("łń"))
    assert more.without_piece("łńż") == ["ż"]
    assert subwords.without_piece("a  ł") == ["ł"]


@given(st.text(alphabet="abcłńżé 東1.", max_size=20))
def test_what_is_encoded_comes_back(subwords: Subwords, text: str) -> None:
    more = subwords.with_characters(["ł", "東"])
    assert more.decode(more.encode(text)) == normalise(text)


def test_characters_of_a_file_that_stand_there_often(run: CommandLine, trained: Path, tmp_path: Path) -> None:
    text = tmp_path / "names.txt"
    text.write_text("łłłł ł\nżżżż\n", "utf-8")
    out = tmp_path / "more"
    code, told, err = run("subwords", "extend", "--text", str(text), "--model", str(trained), "--out", str(out))
    assert code == 0, err
    assert "1 piece more" in told
    assert load_checkpoint(out).subwords.without_piece("łż") == ["ż"]


def test_what_cannot_be_extended_is_said(run: CommandLine, trained: Path, tmp_path: Path) -> None:
    out, model = ["--out", str(tmp_path / "more")], ["--model", str(trained)]
    (tmp_path / "there").mkdir()
    for argv, told in (
        ([*model, *out], "which characters?"),
        (["ł", *model], "where to?"),
        (["ab", *model, *out], "has a piece already"),
        (["ł", *model, "--out", str(tmp_path / "there")], "exists"),
        (["ł", *model, "--out", str(tmp_path / "there"), "--force"], "is not a model folder"),
        (["ł", *model, "--out", str(trained / "best"), "--force"], "holds the model to extend"),
        (["--text", str(tmp_path / "none"), *model, *out], "no such file"),
    ):
        code, _, err = run("subwords", "extend", *argv)
        assert (code, told in err) == (2, True), err
