"""Settings as frozen dataclasses: validated when made, exact through JSON and TOML, unknown keys refused."""

from __future__ import annotations

import dataclasses
import math
import typing
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from translator.errors import UsageError

__all__ = [
    "FINE_TUNING",
    "PRESETS",
    "Direction",
    "ModelConfig",
    "SearchConfig",
    "TrainConfig",
    "preset_for",
    "vocab_size_for",
]

Direction = Literal["en-pt", "pt-en"]


def _require(ok: bool, message: str) -> None:
    if not ok:
        raise UsageError(message)


def _require_finite(settings: object) -> None:
    for name, value in vars(settings).items():
        for number in value.values() if isinstance(value, dict) else [value]:
            _require(not isinstance(number, float) or math.isfinite(number), f"{name} is {value}; it must be finite")


class _Settings:
    """What every group of settings can do: become plain data and come back from it."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON or TOML; ``None`` values are left out (TOML has none)."""
        data = dataclasses.asdict(self)  # type: ignore[call-overload]
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in data.items()}
        return {k: v for k, v in plain.items() if v is not None}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The inverse of :meth:`to_dict`. Raises ``UsageError`` on an unknown key or a wrong type."""
        hints = typing.get_type_hints(cls)
        unknown = sorted(set(data) - set(hints))
        if unknown:
            raise UsageError(
                f"unknown setting{'s' if len(unknown) > 1 else ''} {', '.join(unknown)}",
                f"known settings: {', '.join(sorted(hints))}",
            )
        return cls(**{key: _as_type(key, value, hints[key]) for key, value in data.items()})


def _as_type(key: str, value: Any, hint: Any) -> Any:
    """``value`` as ``hint`` wants it, with the two conversions plain data needs: list → tuple, int → float."""
    options = typing.get_args(hint) if typing.get_origin(hint) is not None else (hint,)
    origin = typing.get_origin(hint)
    if origin is Literal:
        if value in options:
            return value
        raise UsageError(f"{key} is {value!r}; it takes one of {', '.join(map(str, options))}")
    if origin is tuple:
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise UsageError(f"{key} is {value!r}; it takes a list of strings")
    if origin is dict:
        if isinstance(value, dict) and all(isinstance(v, int | float) for v in value.values()):
            return {str(k): float(v) for k, v in value.items()}
        raise UsageError(f"{key} is {value!r}; it takes a table of numbers")
    kinds = [option for option in options if isinstance(option, type)]
    if isinstance(value, int) and not isinstance(value, bool) and float in kinds and int not in kinds:
        return float(value)
    if any(type(value) is kind for kind in kinds):
        return value
    names = " or ".join(kind.__name__ for kind in kinds if kind is not type(None))
    raise UsageError(f"{key} is {value!r}; it takes {names}")


@dataclass(frozen=True)
class ModelConfig(_Settings):
    """The shape of a Transformer (Vaswani et al. 2017, table 3 has the same letters).

    Raises ``UsageError`` when a shape cannot be built.
    """

    vocab_size: int = 8000  # subword pieces, shared by both languages
    d_model: int = 256  # D, width of every vector in the residual stream
    heads: int = 4  # H; each head is E = d_model / heads wide
    feed_forward: int = 1024  # hidden units of each feed-forward block
    encoder_layers: int = 6
    decoder_layers: int = 2
    dropout: float = 0.1  # probability, active in training only
    max_length: int = 256  # longest sequence in pieces, tag and </s> included

    def __post_init__(self) -> None:
        for name in ("vocab_size", "d_model", "heads", "feed_forward", "encoder_layers", "decoder_layers"):
            _require(getattr(self, name) > 0, f"{name} is {getattr(self, name)}; it must be above 0")
        _require(self.d_model % self.heads == 0, f"d_model {self.d_model} does not divide into {self.heads} heads")
        _require(self.d_model % 2 == 0, f"d_model is {self.d_model}; sine and cosine positions need an even width")
        _require(0 <= self.dropout < 1, f"dropout is {self.dropout}; it must be at least 0 and below 1")
        _require(self.max_length >= 8, f"max_length is {self.max_length}; it must be at least 8")
        _require_finite(self)


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"d_model": 128, "heads": 4, "feed_forward": 512, "encoder_layers": 2, "decoder_layers": 2},
    "quick": {"d_model": 256, "heads": 4, "feed_forward": 1024, "encoder_layers": 6, "decoder_layers": 1},
    "medium": {"d_model": 320, "heads": 5, "feed_forward": 1280, "encoder_layers": 6, "decoder_layers": 1},
    "small": {"d_model": 256, "heads": 4, "feed_forward": 1024, "encoder_layers": 6, "decoder_layers": 2},
    "base": {"d_model": 512, "heads": 8, "feed_forward": 2048, "encoder_layers": 6, "decoder_layers": 6},
}
"""Shapes by name. ``small`` and ``quick``, the shipped model's, are deep before the decoder and shallow in it: the
decoder runs once a token."""


def preset_for(pairs: int) -> str:
    """The preset for a corpus of so many sentence pairs: under 20,000, ``small`` only learns it by heart, slowly."""
    return "tiny" if pairs < 20_000 else "small"


def vocab_size_for(pairs: int) -> int:
    """The vocabulary, in pieces, for a corpus of so many sentence pairs."""
    return 2000 if pairs < 5_000 else 4000 if preset_for(pairs) == "tiny" else 8000


@dataclass(frozen=True)
class SearchConfig(_Settings):
    """How a translation is looked for. Raises ``UsageError`` on values outside their range."""

    beam: int = 1  # W, hypotheses kept; 1 is greedy search
    length_penalty: float = 1.0  # alpha of GNMT (Wu et al. 2016, eq. 14); 0 favours short output
    n_best: int = 1  # hypotheses returned
    max_ratio: float = 3.0  # a translation may hold this many times its source's pieces, and 10 more
    sample: bool = False  # draw translations at random instead of searching for the best
    temperature: float = 1.0  # of sampling: below 1 the probable becomes more so
    top_k: int = 10  # pieces sampling chooses among at each step; 0 = all
    seed: int = 1  # of sampling

    def __post_init__(self) -> None:
        _require(1 <= self.beam <= 64, f"beam is {self.beam}; it must be from 1 to 64")
        _require(0 <= self.length_penalty <= 5, f"length penalty is {self.length_penalty}; it must be from 0 to 5")
        _require(
            1 <= self.n_best <= self.beam,
            f"n-best is {self.n_best}; it must be from 1 to the beam, which is {self.beam}",
        )
        for name in ("max_ratio", "temperature"):
            _require(getattr(self, name) > 0, f"{name} is {getattr(self, name)}; it must be above 0")
        for name in ("top_k", "seed"):
            _require(getattr(self, name) >= 0, f"{name} is {getattr(self, name)}; it must be at least 0")
        _require(self.seed < 1 << 63, f"seed is {self.seed}; it must be below 2⁶³")
        _require_finite(self)


@dataclass(frozen=True)
class TrainConfig(_Settings):
    """One training run. Raises ``UsageError`` on values outside their range."""

    corpora: tuple[str, ...] = ()  # parallel files
    dev: str = ""  # parallel file, never trained on
    base: str = ""  # model to start from, with its vocabulary and shape; none = a new one
    general: str = ""  # parallel file: what a fine-tuned model should still know, measured beside dev
    rehearse: float = 0.0  # share of an epoch that is the project's own corpus, so that a fine-tuned model forgets less
    out: str = "runs/model"  # run folder
    direction: Literal["both", "en-pt", "pt-en"] = "both"
    preset: Literal["auto", "tiny", "quick", "medium", "small", "base"] = "auto"
    vocab_size: int | None = None  # pieces; none = by corpus size
    subwords: str = ""  # a model's subword file to use; none = learn one from the corpora
    mix: dict[str, float] = field(default_factory=dict)  # corpus name -> passes over it an epoch, 1 unless given
    mix_temperature: float = 1.0  # T: above 1 small corpora are seen more often, each by the (1/T)th power of its share
    curriculum: Literal["none", "short-first"] = "none"  # short-first: the first epoch goes from short to long

    steps: int | None = None  # budget in optimizer steps
    epochs: float | None = None  # budget in passes over the corpus
    minutes: float | None = None  # budget in wall-clock minutes of training

    batch_tokens: int = 4096  # source + target tokens a batch, padding included
    accumulate: int = 1  # batches a step: their gradients are added up before the weights move
    max_pieces: int = 128  # longer training sentences are left out, and counted
    optimizer: Literal["muon", "adamw"] = "muon"  # muon moves the matrices, AdamW the rest; adamw moves everything
    muon_lr: float = 0.02  # peak step of the matrices (Muon), in units of an orthogonal update
    adam_lr: float = 0.002  # peak step of what AdamW moves
    schedule: Literal["stable-decay", "cosine", "inverse-sqrt"] = "stable-decay"  # of the rates after the warm-up
    warmup_steps: int | None = None  # of linear warm-up; none = 100, or a tenth of the budget where that is less
    decay: float = 0.6  # stable-decay: last share of the budget over which the rate falls linearly to 0
    weight_decay: float = 0.0  # decoupled, a step
    clip: float = 1.0  # largest global gradient norm
    label_smoothing: float = 0.1  # probability mass spread over the vocabulary
    dropout: float = 0.1  # probability
    subword_alpha: float = 0.0  # sharpness of subword sampling; 0 = always the best segmentation
    augment: float = 0.0  # share of pairs changed to what people type: no full stop, no capitals, all capitals
    slots: float = 0.1  # share of pairs in which slots stand for words that both sides share, to learn to copy
    copies: float = 0.0  # share of pairs with foreign names, codes and placeholders made up, to learn to copy
    typos: float = 0.0  # share of pairs whose source gets slips of the fingers: letters swapped, lost, without accent
    ema: float = 0.998  # decay a step of the averaged weights that are evaluated and kept; 0 = none
    precision: Literal["auto", "float32", "bfloat16"] = "auto"  # of the forward and backward pass
    device: Literal["auto", "cpu", "cuda"] = "auto"  # auto: a GPU where there is one
    threads: int | None = None  # CPU threads; none = all
    workers: int | None = (
        None  # processes that prepare batches ahead; none = cores to spare beside a GPU, 0 without one
    )
    eval_every: int = 500  # optimizer steps between evaluations, each followed by a save
    save_minutes: float = 2.0  # minutes of training between other saves, longer where saving is slow; 0 = none
    keep: int = 0  # latest evaluated models kept in RUN/steps, for `translator average`
    patience: int | None = None  # evaluations in a row without a better model before the run ends; none = no limit
    eval_sentences: int = 300  # dev sentences translated for BLEU at each evaluation, a direction
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("batch_tokens", "accumulate", "max_pieces", "eval_every", "eval_sentences"):
            _require(getattr(self, name) > 0, f"{name} is {getattr(self, name)}; it must be above 0")
        for name in ("steps", "epochs", "minutes", "threads", "patience"):
            value = getattr(self, name)
            _require(value is None or value > 0, f"{name} is {value}; it must be above 0")
        for name in ("dropout", "label_smoothing", "augment", "slots", "copies", "typos", "ema", "rehearse"):
            value = getattr(self, name)
            _require(0 <= value < 1, f"{name} is {value}; it must be at least 0 and below 1")
        for name in ("muon_lr", "adam_lr", "clip", "mix_temperature"):
            _require(getattr(self, name) > 0, f"{name} is {getattr(self, name)}; it must be above 0")
        _require(0 <= self.decay <= 1, f"decay is {self.decay}; it must be from 0 to 1")
        for name in ("subword_alpha", "warmup_steps", "weight_decay", "keep", "save_minutes", "seed", "workers"):
            value = getattr(self, name)
            _require(value is None or value >= 0, f"{name} is {value}; it must be at least 0")
        _require(self.seed < 1 << 63, f"seed is {self.seed}; it must be below 2⁶³")
        _require(
            not self.base or (self.preset == "auto" and self.vocab_size is None),
            f"the shape and the vocabulary are those of {self.base}; leave out --preset and --vocab-size",
        )
        _require(
            not self.subwords or (not self.base and self.vocab_size is None),
            f"the vocabulary is that of {self.subwords}; leave out --vocab-size and --from",
        )
        for name in ("general", "rehearse"):
            _require(bool(self.base) or not getattr(self, name), f"{name} is for a run that starts from a model")
        budgets = [name for name in ("steps", "epochs", "minutes") if getattr(self, name) is not None]
        _require(len(budgets) <= 1, f"{' and '.join(budgets)} are given; a run has one budget")
        _require(all(w >= 0 for w in self.mix.values()), f"mix is {self.mix}; weights must be at least 0")
        _require(
            self.vocab_size is None or self.vocab_size >= 300,
            f"vocab_size is {self.vocab_size}; with 256 byte pieces it must be at least 300",
        )
        _require_finite(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """As for every group of settings; where there is a base, what is not given is as ``FINE_TUNING`` has it."""
        return super().from_dict(FINE_TUNING | data if data.get("base") else data)

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions this run trains."""
        return ("en-pt", "pt-en") if self.direction == "both" else (self.direction,)


FINE_TUNING: dict[str, Any] = {
    "muon_lr": 0.006,
    "adam_lr": 0.0006,
    "warmup_steps": 10,
    "decay": 1.0,
    "dropout": 0.0,
    "ema": 0.98,
    "eval_every": 100,
    "rehearse": 0.3,
}
"""Settings of a training that goes on from another model's weights, where they differ from a training from scratch.

Measured with 2,000 pairs of manuals, two passes (nats a token on dev, 2.377 at first): three tenths of the rates from
scratch learn nearly as much (2.198) as six tenths (2.186), a tenth half as much (2.278). With three tenths of rehearsal
2.207 is reached, and what else the model knew is nearly kept: tests/benchmarks/fine_tuning.py.
"""
