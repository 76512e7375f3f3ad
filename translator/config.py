"""Settings as frozen dataclasses: validated when made, exact through JSON and TOML, unknown keys refused."""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from operator import ge, gt, le, lt
from typing import Any, Literal, Self

from translator.errors import UsageError

Direction = Literal["en-pt", "pt-en"]
Numbers = Literal["auto", "convert", "keep"]  # 1,234.56 as the model writes it, as the other language does, as it is


def _require(ok: bool, message: str) -> None:
    if not ok:
        raise UsageError(message)


@dataclass(frozen=True)
class Range:
    """What a number may be. Each bound is left out where it is ``None``."""

    least: float | None = None
    above: float | None = None
    most: float | None = None
    below: float | None = None

    def _bounds(self) -> list[tuple[str, float, Callable[[float, float], bool]]]:
        words = ("at least", self.least, ge), ("above", self.above, gt), ("at most", self.most, le)
        return [(word, b, holds) for word, b, holds in (*words, ("below", self.below, lt)) if b is not None]

    def __contains__(self, value: float) -> bool:
        return all(holds(value, bound) for _, bound, holds in self._bounds())

    def __str__(self) -> str:
        if self.least is not None and self.most is not None:
            return f"from {self.least} to {self.most}"
        return " and ".join(f"{word} {'2⁶³' if bound == 1 << 63 else bound}" for word, bound, _ in self._bounds())


AT_LEAST_0, ABOVE_0, SHARE = Range(least=0), Range(above=0), Range(least=0, below=1)


def setting(
    default: Any, help: str, range: Range | None = None, *,
    group: str = "", rare: bool = False, name: str = "", takes: str = "", was: str = "",
) -> Any:  # fmt: skip
    """A field that is declared once: TOML, JSON, ``--help``, the option and the page of settings come from it.

    ``help`` says what it is, with its unit; ``group`` is the heading of its option; a ``rare`` one is not in the first
    help; ``name`` is the option's, where it is not the field's (several between commas); ``takes`` is the word for
    its value; ``was`` is the name it had in the release before, which is still taken.
    """
    metadata = {"help": help, "range": range, "group": group, "rare": rare, "option": name, "takes": takes, "was": was}
    if default is dict:
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


class _Settings:
    """What every group of settings can do: check itself, become plain data and come back from it."""

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):  # type: ignore[arg-type]
            value, allowed = getattr(self, each.name), each.metadata.get("range")
            fits = value is None or allowed is None or value in allowed
            _require(fits, f"{each.name} is {value}; it must be {allowed}")
            numbers = value.values() if isinstance(value, dict) else [value]
            finite = all(math.isfinite(number) for number in numbers if isinstance(number, float))
            _require(finite, f"{each.name} is {value}; it must be finite")
        self._check()

    def _check(self) -> None:
        """What a range cannot say. Raises ``UsageError``."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON or TOML; ``None`` values are left out (TOML has none)."""
        data = dataclasses.asdict(self)  # type: ignore[call-overload]
        return {k: list(v) if isinstance(v, tuple) else v for k, v in data.items() if v is not None}

    @classmethod
    def old_names(cls) -> dict[str, str]:
        """Names that settings had in the release before, which still takes them, and those they have now."""
        fields = dataclasses.fields(cls)  # type: ignore[arg-type]
        return {each.metadata["was"]: each.name for each in fields if each.metadata.get("was")}

    @classmethod
    def renamed(cls, data: dict[str, Any]) -> dict[str, Any]:
        """``data`` with every old name replaced; a setting given under both has the value of the new one."""
        names = cls.old_names()
        old = {names[key]: value for key, value in data.items() if key in names}
        return old | {key: value for key, value in data.items() if key not in names}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The inverse of :meth:`to_dict`. Raises ``UsageError`` on an unknown key or a wrong type."""
        hints = typing.get_type_hints(cls)
        if unknown := sorted(set(data) - set(hints)):
            what = f"unknown setting{'s' if len(unknown) > 1 else ''} {', '.join(unknown)}"
            raise UsageError(what, f"known settings: {', '.join(sorted(hints))}")
        return cls(**{key: _as_type(key, value, hints[key]) for key, value in data.items()})


def _as_type(key: str, value: Any, hint: Any) -> Any:
    """``value`` as ``hint`` wants it, with the two conversions plain data needs: list → tuple, int → float."""
    origin, options = typing.get_origin(hint), typing.get_args(hint) or (hint,)
    if origin is Literal:
        _require(value in options, f"{key} is {value!r}; it takes one of {', '.join(map(str, options))}")
        return value
    if origin is tuple:
        strings = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
        _require(strings, f"{key} is {value!r}; it takes a list of strings")
        return tuple(value)
    if origin is dict:
        numbers = isinstance(value, dict) and all(isinstance(v, int | float) for v in value.values())
        _require(numbers, f"{key} is {value!r}; it takes a table of numbers")
        return {str(k): float(v) for k, v in value.items()}
    if type(value) is int and float in options and int not in options:
        return float(value)
    names = " or ".join(kind.__name__ for kind in options if kind is not type(None))
    _require(type(value) in options, f"{key} is {value!r}; it takes {names}")
    return value


@dataclass(frozen=True)
class ModelConfig(_Settings):
    """The shape of a Transformer (Vaswani et al. 2017, table 3 has the same letters).

    Raises ``UsageError`` when a shape cannot be built.
    """

    vocab_size: int = setting(8000, "subword pieces, shared by both languages", ABOVE_0)
    d_model: int = setting(256, "D, width of every vector in the residual stream", ABOVE_0)
    heads: int = setting(4, "H; each head is E = d_model / heads wide", ABOVE_0)
    feed_forward: int = setting(1024, "hidden units of each feed-forward block", ABOVE_0)
    encoder_layers: int = setting(6, "encoder layers", ABOVE_0)
    decoder_layers: int = setting(2, "decoder layers", ABOVE_0)
    dropout: float = setting(0.1, "probability, active in training only", SHARE)
    max_length: int = setting(256, "longest sequence in pieces, tag and </s> included", Range(least=8))

    def _check(self) -> None:
        _require(self.d_model % self.heads == 0, f"d_model {self.d_model} does not divide into {self.heads} heads")
        _require(self.d_model % 2 == 0, f"d_model is {self.d_model}; sine and cosine positions need an even width")


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"d_model": 128, "heads": 4, "feed_forward": 512, "encoder_layers": 2, "decoder_layers": 2},
    "quick": {"d_model": 256, "heads": 4, "feed_forward": 1024, "encoder_layers": 6, "decoder_layers": 1},
    "medium": {"d_model": 320, "heads": 5, "feed_forward": 1280, "encoder_layers": 6, "decoder_layers": 1},
    "small": {"d_model": 256, "heads": 4, "feed_forward": 1024, "encoder_layers": 6, "decoder_layers": 2},
    "base": {"d_model": 512, "heads": 8, "feed_forward": 2048, "encoder_layers": 6, "decoder_layers": 6},
}
"""Shapes by name. All but ``tiny`` and ``base`` are deep before the decoder and shallow in it, which runs once a token;
``medium`` is the shipped model's."""


def preset_for(pairs: int) -> str:
    """The preset for a corpus of so many sentence pairs: under 20,000, ``small`` only learns it by heart, slowly."""
    return "tiny" if pairs < 20_000 else "small"


def vocab_size_for(pairs: int) -> int:
    """The vocabulary, in pieces, for a corpus of so many sentence pairs."""
    return 2000 if pairs < 5_000 else 4000 if preset_for(pairs) == "tiny" else 8000


@dataclass(frozen=True)
class SearchConfig(_Settings):
    """How a translation is looked for. Raises ``UsageError`` on values outside their range."""

    beam: int = setting(1, "Hypotheses kept while searching; 1 is greedy.", Range(least=1, most=64))
    length_penalty: float = setting(
        1.0, "GNMT length penalty (Wu et al. 2016, eq. 14); higher favours longer translations.", Range(least=0, most=5)
    )
    n_best: int = setting(1, "Translations of each text, best first.")
    max_ratio: float = setting(3.0, "A translation may hold this many times its source's pieces, and 10 more.", ABOVE_0)
    sample: bool = setting(False, "Draw at random instead of searching.")
    temperature: float = setting(1.0, "Of sampling: below 1 safer, above 1 wilder.", ABOVE_0)
    top_k: int = setting(10, "Pieces sampling chooses among; 0 = all.", AT_LEAST_0)
    seed: int = setting(1, "Of sampling: the same seed draws the same.", Range(least=0, below=1 << 63))

    def _check(self) -> None:
        fits = 1 <= self.n_best <= self.beam
        _require(fits, f"n-best is {self.n_best}; it must be from 1 to the beam, which is {self.beam}")


_data, _model, _budget = (partial(setting, group=group) for group in ("Data", "Model", "Budget"))
_run, _machine = (partial(setting, group=group) for group in ("Run", "Machine"))
_learning = partial(setting, group="Learning", rare=True)


@dataclass(frozen=True)
class TrainConfig(_Settings):
    """One training run. Raises ``UsageError`` on values outside their range."""

    corpora: tuple[str, ...] = setting((), "Parallel files.")
    dev: str = _data(
        "", "Parallel file to measure by, never trained on; pairs are held out of the corpus if not given."
    )
    base: str = _model("", "Fine-tune this model: a shipped one's name, or its folder.", name="--from")
    retain: str = _data(
        "", "With --from: a parallel file of what it should still know; else the project's own dev.", was="general"
    )
    replay: float = _data(
        0.0, "With --from: share of an epoch that is the project's own corpus; 0.3 if not given.", SHARE, was="rehearse"
    )
    out: str = _run("runs/model", "Run folder.")
    direction: Literal["both", "en-pt", "pt-en"] = _model("both", "What to learn: one model does both.")
    preset: Literal["auto", "tiny", "quick", "medium", "small", "base"] = _model(
        "auto", "Model shape; by corpus size if not given."
    )
    vocab_size: int | None = _model(None, "Subword pieces; by corpus size if not given.", rare=True)
    subwords: str = _model("", "A model's subwords.model to use instead of learning pieces.", rare=True)
    mix: dict[str, float] = setting(
        dict, "Passes over a corpus an epoch, 1 unless given: docs=0.2, news=2.", group="Data", rare=True
    )
    mix_temperature: float = _data(
        1.0, "T: above 1 small corpora are seen more often, by the (1/T)th power of their share.", ABOVE_0, rare=True
    )
    curriculum: Literal["none", "short-first"] = _data(
        "none", "short-first: the first epoch goes from short sentences to long ones.", rare=True
    )

    steps: int | None = _budget(None, "Budget in optimizer steps.", ABOVE_0)
    epochs: float | None = _budget(None, "Budget in passes over the corpus.", ABOVE_0, rare=True)
    minutes: float | None = _budget(None, "Budget in minutes of training.", ABOVE_0)

    batch_tokens: int = _learning(4096, "Source + target tokens a batch, padding included.", ABOVE_0)
    accumulate: int = _learning(1, "Batches a step, their gradients added up.", ABOVE_0)
    max_pieces: int = _data(128, "Longer training sentences, in pieces, are left out.", ABOVE_0, rare=True)
    optimizer: Literal["muon", "adamw"] = _learning("muon", "Optimiser of the matrices; AdamW moves the rest.")
    muon_lr: float = _learning(0.02, "Peak learning rate of Muon, in orthogonal updates.", ABOVE_0)
    adam_lr: float = _learning(0.002, "Peak learning rate of AdamW.", ABOVE_0)
    schedule: Literal["stable-decay", "cosine", "inverse-sqrt"] = _learning(
        "stable-decay", "How the rates go on after the warm-up."
    )
    warmup_steps: int | None = _learning(
        None, "Steps of linear warm-up; 100, or a tenth of the budget where that is less.", AT_LEAST_0
    )
    decay: float = _learning(
        0.6, "stable-decay: last share of the budget over which the rates fall to 0.", Range(least=0, most=1)
    )
    weight_decay: float = _learning(0.0, "Decoupled weight decay, a step.", AT_LEAST_0)
    clip: float = _learning(1.0, "Largest global gradient norm.", ABOVE_0)
    label_smoothing: float = _learning(0.1, "Probability mass spread over the vocabulary.", SHARE)
    dropout: float = _learning(0.1, "Dropout probability.", SHARE)
    subword_alpha: float = _data(0.0, "Subword sampling; 0 = off, 0.1 = strong.", AT_LEAST_0, rare=True)
    augment: float = _data(0.0, "Share of pairs changed to what people type.", SHARE, rare=True)
    slots: float = _data(0.1, "Share of pairs in which slots stand for words both sides share.", SHARE, rare=True)
    copies: float = _data(
        0.0, "Share of pairs with foreign names, codes and placeholders made up, to learn to copy.", SHARE, rare=True
    )
    typos: float = _data(0.0, "Share of pairs with slips of the fingers in the source.", SHARE, rare=True)
    ema: float = _learning(0.998, "Decay a step of the averaged weights that are measured and kept; 0 = none.", SHARE)
    precision: Literal["auto", "float32", "bfloat16"] = _machine(
        "auto", "Number format of the forward and the backward pass.", rare=True
    )
    device: Literal["auto", "cpu", "cuda"] = _machine("auto", "Where to train; auto: a GPU if there is one.")
    threads: int | None = _machine(None, "CPU threads; all if not given.", ABOVE_0)
    workers: int | None = _machine(
        None, "Processes that prepare batches; with a GPU, the cores to spare, else 0.", AT_LEAST_0, rare=True
    )
    eval_every: int = _run(500, "Steps between evaluations, each followed by a save.", ABOVE_0)
    save_minutes: float = _run(2.0, "Minutes of training between other saves; 0 = none.", AT_LEAST_0, rare=True)
    keep: int = _run(0, "Latest evaluated models kept in RUN/steps, to be averaged.", AT_LEAST_0, rare=True)
    patience: int | None = _run(None, "End after so many evaluations without a better model.", ABOVE_0, rare=True)
    eval_sentences: int = _run(300, "Dev sentences translated at each evaluation, a direction.", ABOVE_0, rare=True)
    seed: int = _run(1, "Seed of everything random.", Range(least=0, below=1 << 63), rare=True)

    def _check(self) -> None:
        _require(
            not self.base or (self.preset == "auto" and self.vocab_size is None),
            f"the shape and the vocabulary are those of {self.base}; leave out --preset and --vocab-size",
        )
        _require(
            not self.subwords or (not self.base and self.vocab_size is None),
            f"the vocabulary is that of {self.subwords}; leave out --vocab-size and --from",
        )
        for name in ("retain", "replay"):
            _require(bool(self.base) or not getattr(self, name), f"{name} is for a run that starts from a model")
        budgets = [name for name in ("steps", "epochs", "minutes") if getattr(self, name) is not None]
        _require(len(budgets) <= 1, f"{' and '.join(budgets)} are given; a run has one budget")
        _require(all(w >= 0 for w in self.mix.values()), f"mix is {self.mix}; weights must be at least 0")
        _require(
            self.vocab_size is None or self.vocab_size >= 300,
            f"vocab_size is {self.vocab_size}; with 256 byte pieces it must be at least 300",
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """As for every group of settings; where there is a base, what is not given is as ``FINE_TUNING`` has it."""
        data = cls.renamed(data)
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
    "replay": 0.3,
}
"""Settings of a training that goes on from another model's weights, where they differ from a training from scratch.

Measured with 2,000 pairs of manuals, two passes (nats a token on dev, 2.377 at first): three tenths of the rates from
scratch learn nearly as much (2.198) as six tenths (2.186), a tenth half as much (2.278). With three tenths of replay
2.207 is reached, and what else the model knew is nearly kept: tests/benchmarks/fine_tuning.py.
"""
