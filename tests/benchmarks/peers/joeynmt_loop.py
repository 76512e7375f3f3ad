"""JoeyNMT 2.3.0 under the benchmark, run by an interpreter that has it; nothing of ``translator`` is imported.

``own``: its own loop (``TrainManager.train_and_validate``) on its own batches of the same lines, tokenised by the same
SentencePiece model, as ``joeynmt train`` runs. ``ours``: its own training step (``TrainManager._train_step``, its
optimiser) on the batches that ours trains on, which spares it its padding and its tokenising.

Repairs, without which it does not train here: ``ReduceLROnPlateau`` no longer takes ``verbose``; the direction tag is a
control symbol, which SentencePiece finds in no text, and is set before the pieces; the model folder is made first.

The recipe is the one it ships for this width (``transformer_iwslt14_deen_bpe.yaml``): Adam (0.9, 0.999), 0.0003, label
smoothing 0.1, no warm-up, Xavier everywhere, pre-norm as its newer configurations have it; dropout 0.1 as the others.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import joeynmt.builders
import torch
from joeynmt.batch import Batch
from joeynmt.config import parse_global_args, set_validation_args
from joeynmt.prediction import prepare
from joeynmt.tokenizers import SentencePieceTokenizer
from joeynmt.training import TrainManager

from peers.protocol import Round, Watch, Wire, serve

PAD, BOS, EOS, SPECIALS = 1, 2, 3, 4  # JoeyNMT's; ours has the padding at 0 and the unknown piece at 1


def settings(folder: Path, batch_tokens: int) -> dict[str, Any]:
    """A configuration as its YAML files hold it."""
    side = {
        "level": "bpe",
        "max_length": 126,
        "voc_file": str(folder / "pieces.txt"),
        "tokenizer_type": "sentencepiece",
        "tokenizer_cfg": {"model_file": str(folder / "subwords.model")},
    }
    layers = {
        "type": "transformer",
        "num_heads": 4,
        "hidden_size": 256,
        "ff_size": 1024,
        "dropout": 0.1,
        "layer_norm": "pre",
        "embeddings": {"embedding_dim": 256, "scale": True, "dropout": 0.1},
    }
    return {
        "name": "peer",
        "model_dir": str(folder / "joeynmt"),
        "use_cuda": False,
        "random_seed": 42,
        "data": {
            "train": str(folder / "train"),
            "dev": str(folder / "dev"),
            "dataset_type": "plain",
            "src": {"lang": "src", **side},
            "trg": {"lang": "trg", **side},
            "special_symbols": {"lang_tags": ["<2en>", "<2pt>"]},
        },
        "training": {
            "optimizer": "adam",
            "adam_betas": [0.9, 0.999],
            "learning_rate": 0.0003,
            "learning_rate_min": 1e-8,
            "scheduling": "plateau",
            "patience": 5,
            "decrease_factor": 0.7,
            "label_smoothing": 0.1,
            "normalization": "tokens",
            "batch_type": "token",
            # it counts the longer side only: half as many are about batch_tokens of both
            "batch_size": batch_tokens // 2,
            "early_stopping_metric": "ppl",
            "epochs": 1000,
            "logging_freq": 1,
            "validation_freq": 10**9,
        },
        "testing": {"batch_size": 64},
        "model": {
            "initializer": "xavier_uniform",
            "embed_initializer": "xavier_uniform",
            "bias_initializer": "zeros",
            "tied_embeddings": True,
            "tied_softmax": True,
            "encoder": {**layers, "num_layers": 6},
            "decoder": {**layers, "num_layers": 2},
        },
    }


def repair() -> None:
    """What JoeyNMT 2.3.0 needs to train with today's torch and with a tag at the front."""
    plateau = joeynmt.builders.ReduceLROnPlateau
    joeynmt.builders.ReduceLROnPlateau = lambda *args, verbose=False, **kwargs: plateau(*args, **kwargs)
    tokenise = SentencePieceTokenizer.__call__

    def tagged(self: Any, line: str, is_train: bool = False) -> Any:
        tag, space, text = line.partition(" ")
        if not space or tag not in self.lang_tags:
            return tokenise(self, line, is_train)
        pieces = tokenise(self, text, is_train)
        return None if pieces is None else [tag, *pieces]

    SentencePieceTokenizer.__call__ = tagged


def dev_nll(model: Any, folder: Path) -> float:
    """Mean negative log-likelihood a target token, not smoothed, of the dev batches that all are measured on."""
    model.eval()
    total = count = 0.0
    with torch.no_grad():
        for fields in torch.load(folder / "dev.pt", weights_only=True):
            batch = batch_of(fields)
            log_p = model(return_type="loss", **vars(batch))[1]  # (B, T, V)
            real = batch.trg != PAD
            total -= float(log_p.gather(2, batch.trg[:, :, None])[:, :, 0][real].sum())
            count += int(real.sum())
    model.train()
    return total / count


def batch_of(fields: dict[str, Any]) -> Batch:
    """One of our batches as one of its own: only the first two ids differ."""
    swap = torch.arange(1 << 16)
    swap[0], swap[1] = 1, 0
    source, first, rest = (swap[fields[name]] for name in ("source", "target_in", "target_out"))
    target = torch.cat([first[:, :1], rest], dim=1)
    length = (source != PAD).sum(dim=1)
    rows = torch.arange(len(source))
    return Batch(source, length, None, target, None, rows, torch.device("cpu"), PAD, EOS)


def counted(batch: Batch) -> Round:
    return Round(
        source=int(batch.src_length.sum()),
        target=batch.ntokens,
        padded=batch.src.numel() + batch.trg.numel(),
        steps=1,
    )


class Paused(TrainManager):  # type: ignore[misc]
    """Its loop, held after each step until the next round is asked for."""

    def begin(self, folder: Path, wire: Wire) -> None:
        self.folder, self.wire, self.wanted, self.trained = folder, wire, 0, 0
        self.total, self.watch, self.requests = Round(), Watch(), wire.requests()
        self.wait()

    def _train_step(self, batch: Batch) -> Any:
        self.last = counted(batch)
        return super()._train_step(batch)

    def _log_scores(self, *args: Any) -> None:
        self.total.add(self.last)
        if self.trained + self.total.tokens >= self.wanted:
            self.trained += self.total.tokens
            self.total.seconds, self.total.cpu_seconds = self.watch.read()
            self.wire.say(vars(self.total))
            self.wait()

    def wait(self) -> None:
        for request in self.requests:
            if request[0] == "nll":
                self.wire.say({"nll": dev_nll(self.model, self.folder)})
            else:
                self.total, self.wanted, self.watch = Round(), int(request[1]), Watch()
                return
        os._exit(0)


def main(name: str, batch_tokens: str, mode: str) -> None:
    folder = Path(name)
    (folder / "joeynmt").mkdir(exist_ok=True)
    repair()
    args = parse_global_args(settings(folder, int(batch_tokens)), mode="train")
    model, train_data, dev_data, _ = prepare(args, rank=0, mode="train")
    pieces = (folder / "pieces.txt").read_text("utf-8").split("\n")[:-1]
    found = [model.trg_vocab.lookup(piece) for piece in pieces]
    if found != [1, 0, *range(2, len(pieces))]:
        raise SystemExit("JoeyNMT numbers the pieces otherwise")
    manager = Paused(
        0,
        model,
        args.model_dir,
        args.device,
        0,
        0,
        args.autocast,
        args.seed,
        args.train,
        set_validation_args(args.test),
    )
    if mode == "own":
        wire = Wire()
        wire.say({})
        manager.begin(folder, wire)
        manager.train_and_validate(train_data, dev_data)
        return
    batches = iter(torch.load(folder / "batches.pt", weights_only=True))

    def step() -> Round:
        batch = batch_of(next(batches))
        manager._train_step(batch)
        manager.optimizer.step()
        model.zero_grad()
        return counted(batch)

    serve(step, lambda: dev_nll(model, folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
