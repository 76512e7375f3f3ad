"""A model on disk: the same when it comes back, refused when anything is wrong, never lost while it is replaced."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from examples import SENTENCES
from safetensors.torch import load_file, save_file
from torch import Tensor

from translator.errors import CheckpointError, OutputError
from translator.files import sha256
from translator.model import checkpoint
from translator.model.checkpoint import load_checkpoint, save_checkpoint
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords

SOURCE, TARGET = torch.tensor([[5, 9, 70, 201, 3]]), torch.tensor([[2, 33, 34, 35]])


@torch.no_grad()
def logits(model: Transformer) -> Tensor:
    return model.logits(model.decode(TARGET, model.encode(SOURCE)).hidden)


@pytest.fixture
def save(model: Transformer, subwords: Subwords, tmp_path: Path) -> Callable[..., Path]:
    """Writes the untrained model to tmp_path/model."""

    def saved(info: dict[str, Any] | None = None, **options: Any) -> Path:
        save_checkpoint(tmp_path / "model", model.state_dict(), model.config, subwords, info or {"step": 7}, **options)
        return tmp_path / "model"

    return saved


def left_over(place: Path) -> list[str]:
    """What stands beside the model: nothing should."""
    return sorted(path.name for path in place.parent.iterdir() if path != place)


def test_it_comes_back_exactly(save: Callable[..., Path], model: Transformer, subwords: Subwords) -> None:
    place = save({"step": 7, "directions": ["en-pt"]}, dtype=torch.float32)
    loaded = load_checkpoint(place)
    assert torch.equal(logits(loaded.model), logits(model))
    assert loaded.shape == model.config
    assert loaded.subwords.model == subwords.model
    assert loaded.info == {"step": 7, "directions": ["en-pt"]}
    assert loaded.directions == ["en-pt"]
    assert not loaded.model.training
    assert left_over(place) == []


def test_in_16_bits_it_comes_back_nearly(save: Callable[..., Path], model: Transformer) -> None:
    loaded = load_checkpoint(save()).model
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    assert not torch.equal(logits(loaded), logits(model))
    assert torch.allclose(logits(loaded), logits(model), atol=0.02)
    assert load_checkpoint(save()).directions == ["en-pt", "pt-en"]


def test_no_pickle_and_a_hash_for_every_file(save: Callable[..., Path]) -> None:
    place = save()
    names = sorted(path.name for path in place.rglob("*"))
    assert names == ["config.json", "model.safetensors", "subwords.model"]
    hashes = json.loads((place / "config.json").read_text("utf-8"))["sha256"]
    assert hashes == {name: sha256(place / name) for name in names if name != "config.json"} | {
        "config.json": hashes["config.json"]
    }
    assert len(hashes["config.json"]) == 64


def test_what_a_model_had_up_to_the_release_before_is_not_read(save: Callable[..., Path]) -> None:
    """Its file of languages may be there, altered or gone, and its hash stand in ``config.json``."""
    place = save()
    edit(place, lambda config: config["sha256"].update({"languages.safetensors": "0" * 64}))
    load_checkpoint(place)
    (place / "languages.safetensors").write_bytes(b"whatever")
    load_checkpoint(place)


def test_best_of_a_run_is_found(save: Callable[..., Path], tmp_path: Path) -> None:
    save().rename(tmp_path / "best")
    assert load_checkpoint(tmp_path).path == tmp_path / "best"


Damage = Callable[[Path], object]


def edit(place: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = place / "config.json"
    config = json.loads(path.read_text("utf-8"))
    change(config)
    path.write_text(json.dumps(config), "utf-8")


def truncate(place: Path) -> None:
    path = place / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def flip(name: str) -> Damage:
    def flipped(place: Path) -> None:
        data = bytearray((place / name).read_bytes())
        data[len(data) // 2] ^= 1
        (place / name).write_bytes(data)

    return flipped


def swap_subwords(place: Path) -> None:
    (place / "subwords.model").write_bytes(Subwords.train(SENTENCES[:4], 320).model)


def foreign_subwords(place: Path) -> None:
    (place / "subwords.model").write_bytes(b"something else")


def knowingly(damage: Damage, name: str) -> Damage:
    """The same with the hash brought up to date, so that only a closer look finds it."""

    def damaged(place: Path) -> None:
        damage(place)
        edit(place, lambda config: config["sha256"].update({name: sha256(place / name)}))

    return damaged


def drop_a_tensor(place: Path) -> None:
    tensors = load_file(place / "model.safetensors")
    del tensors["encoder_norm.weight"]
    save_file(tensors, place / "model.safetensors")


def shape(place: Path, **changed: object) -> None:
    """Another shape, written by a program that keeps no digest of ``config.json``, as those up to 0.5.0 did not."""
    edit(place, lambda c: (c["model"].update(changed), c["sha256"].pop("config.json")))


DAMAGE: list[tuple[Damage, str]] = [
    (truncate, r"model\.safetensors is damaged or was altered"),
    (knowingly(truncate, "model.safetensors"), r"model\.safetensors cannot be read as safetensors"),
    (flip("model.safetensors"), r"model\.safetensors is damaged or was altered"),
    (flip("subwords.model"), r"subwords\.model is damaged or was altered"),
    (swap_subwords, r"subwords\.model is damaged or was altered"),
    (knowingly(swap_subwords, "subwords.model"), r"\d+ subwords for a model that has \d+"),
    (knowingly(foreign_subwords, "subwords.model"), "the subword model cannot be read"),
    (knowingly(drop_a_tensor, "model.safetensors"), r"the weights do not fit the shape in config\.json"),
    (lambda place: (place / "model.safetensors").unlink(), r"is incomplete: model\.safetensors is missing"),
    (lambda place: (place / "subwords.model").unlink(), r"is incomplete: subwords\.model is missing"),
    (lambda place: (place / "config.json").unlink(), r"is not a model folder: it has no config\.json"),
    (lambda place: (place / "config.json").write_text("{", "utf-8"), r"config\.json is not JSON"),
    (lambda place: (place / "config.json").write_bytes(b"\xff"), r"config\.json is not JSON"),
    (lambda place: (place / "config.json").write_text("[]", "utf-8"), "not a translator checkpoint"),
    (lambda place: edit(place, lambda c: c.update(format="bert")), "not a translator checkpoint"),
    (lambda place: edit(place, lambda c: c.update(version=2)), "has version 2, this program reads version 1"),
    (lambda place: edit(place, lambda c: c.pop("sha256")), "it needs the tables model, sha256 and info"),
    (lambda place: edit(place, lambda c: c["sha256"].clear()), r"subwords\.model is damaged or was altered"),
    (lambda place: edit(place, lambda c: c["info"].update(noted=7)), r"config\.json is damaged or was altered"),
    (lambda place: shape(place, lr=1), r"config\.json: unknown setting lr"),
    (lambda place: shape(place, heads="3"), r"config\.json: heads is '3'; it takes int"),
    (lambda place: shape(place, heads=5), "42 does not divide into 5 heads"),
    (lambda place: shape(place, decoder_layers=1), "the weights do not fit the shape"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGE, ids=[message for _, message in DAMAGE])
def test_damage_is_named(save: Callable[..., Path], damage: Damage, message: str) -> None:
    place = save()
    damage(place)
    with pytest.raises(CheckpointError, match=message) as caught:
        load_checkpoint(place)
    assert str(place) in caught.value.message or message == "the subword model cannot be read"
    assert caught.value.exit_code == 2


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=f"no such model: {re.escape(str(tmp_path / 'gone'))}"):
        load_checkpoint(tmp_path / "gone")


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("where", ["weights", "extra", "disk", "second rename"])
def test_a_failed_write_keeps_what_was_there(
    save: Callable[..., Path], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = save({"step": 1}, dtype=torch.float32)
    options: dict[str, Any] = {}
    if where == "weights":
        monkeypatch.setattr(checkpoint, "save_file", full)
    elif where == "extra":
        options["extra"] = full
    elif where == "disk":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(Path, "rename", second_fails(Path.rename))
    with pytest.raises(OutputError, match="model could not be written: No space left on device") as caught:
        save({"step": 2}, **options)
    monkeypatch.undo()
    assert caught.value.exit_code == 1
    assert place.is_dir()  # at once, not only when it is next loaded
    assert left_over(place) == []
    assert load_checkpoint(place).info == {"step": 1}


def second_fails(rename: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
    """Moving the new folder into place fails, once the old one is out of the way."""

    def renamed(self: Path, target: Path) -> Path:
        if ".new-" in self.name:
            full()
        return rename(self, target)

    return renamed


def test_an_interrupt_between_the_two_renames_puts_the_old_one_back(
    save: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second Ctrl-C does not wait."""
    place = save({"step": 1})
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if ".new-" in self.name:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save({"step": 2})
    assert place.is_dir()
    assert left_over(place) == []
    assert load_checkpoint(place).info == {"step": 1}


def test_a_first_write_that_fails_leaves_nothing(save: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No space left"):
        save(extra=full)
    assert list(tmp_path.iterdir()) == []


class Crashed(BaseException):
    """The process is gone: no handler runs."""


def crash(save: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash after the old folder was moved away and before the new one was moved in."""

    def gone(self: Path, target: Path) -> Path:
        if ".new-" in self.name:
            raise Crashed
        return original(self, target)

    original = Path.rename
    monkeypatch.setattr(Path, "rename", gone)
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    monkeypatch.setattr("translator.files.recover", lambda _: None)  # nothing is mended by who is gone
    with pytest.raises(Crashed):
        save({"step": 2})
    monkeypatch.undo()


def test_a_crash_between_the_two_renames_is_mended_by_loading(
    save: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = save({"step": 1})
    crash(save, monkeypatch)
    assert not place.exists()
    assert load_checkpoint(place).info == {"step": 1}


def test_a_crash_between_the_two_renames_does_not_stop_the_next_save(
    save: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = save({"step": 1})
    crash(save, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: 1)  # the next process
        save({"step": 3})
    assert load_checkpoint(place).info == {"step": 3}


def test_what_a_crash_left_half_written_does_not_stop_the_next_save(save: Callable[..., Path], tmp_path: Path) -> None:
    """In a container the next process often has the id of the one that died."""
    (tmp_path / f".model.new-{os.getpid()}").mkdir()
    assert load_checkpoint(save({"step": 3})).info == {"step": 3}
