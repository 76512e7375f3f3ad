"""Settings as frozen dataclasses: validated when made, exact through JSON and TOML, unknown keys refused."""

from __future__ import annotations

import dataclasses
import math
import typing
from dataclasses import dataclass, field
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

    def __contains__(self, value: float) -> bool:
        return (
            (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.most is None or value <= self.most)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        if self.least is not None and self.most is not None:
            return f"from {self.least} to {self.most}"
        words = {"at least": self.least, "above": self.above, "at most": self.most, "below": self.below}
        return " and ".join(f"{word} {_written(bound)}" for word, bound in words.items() if bound is not None)


def _written(bound: float) -> str:
    return "2⁶³" if bound == 1 << 63 else f"{bound}"


AT_LEAST_0, ABOVE_0, SHARE = Range(least=0), Range(above=0), Range(least=0, below=1)


def setting(
    default: Any,
    help: str,
    range: Range | None = None,
    *,
    group: str = "",
    rare: bool = False,
    name: str = "",
    takes: str = "",
    was: str = "",
) -> Any:
    """A field that is declared once: TOML, JSON, ``--help``, the option and the page of settings come from it.

    ``help`` says what it is, with its unit; ``group`` is the heading of its option; a ``rare`` one is not in the first
    help; ``name`` is the option's, where it is not the field's (several between commas); ``takes`` is the word for
    its value; ``was`` is the name it had in the release before, which is still taken.
    """
    metadata = {"help": help, "range": range, "group": group, "rare": rare, "option": name, "takes": takes, "was": was}
    if default is dict:
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


def rare(default: Any, help: str, range: Range | None = None, *, group: str = "") -> Any:
    """A setting that few people use."""
    return setting(default, help, range, group=group, rare=True)


class _Settings:
    """What every group of settings can do: check itself, become plain data and come back from it."""

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):  # type: ignore[arg-type]
            value, allowed = getattr(self, each.name), each.metadata.get("range")
            _require(
                value is None or allowed is None or value in allowed, f"{each.name} is {value}; it must be {allowed}"
            )
            for number in value.values() if isinstance(value, dict) else [value]:
                finite = not isinstance(number, float) or math.isfinite(number)
                _require(finite, f"{each.name} is {value}; it must be finite")
        self._check()

    def _check(self) -> None:
        """What a range cannot say. Raises ``UsageError``."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON or TOML; ``None`` values are left out (TOML has none)."""
        data = dataclasses.asdict(self)  # type: ignore[call-overload]
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in data.items()}
        return {k: v for k, v in plain.items() if v is not None}

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
        unknown = sorted(set(data) - set(hints))
        if unknown:
            raise UsageError(
                f"unknown setting{'s' if len(unknown) > 1 else ''} {', '.join(unknown)}",
                f"known settings: {', '.join(sorted(hints))}",
            )
        return cls(**{key: as_type(key, value, hints[key]) for key, value in data.items()})


def as_type(key: str, value: Any, hint: Any) -> Any:
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
        _require(
            1 <= self.n_best <= self.beam,
            f"n-best is {self.n_best}; it must be from 1 to the beam, which is {self.beam}",
        )


_DATA, _MODEL, _BUDGET, _LEARNING, _RUN, _MACHINE = "Data", "Model", "Budget", "Learning", "Run", "Machine"


@dataclass(frozen=True)
class TrainConfig(_Settings):
    """One training run. Raises ``UsageError`` on values outside their range."""

    corpora: tuple[str, ...] = setting((), "Parallel files.")
    dev: str = setting(
        "", "Parallel file to measure by, never trained on; pairs are held out of the corpus if not given.", group=_DATA
    )
    base: str = setting("", "Fine-tune this model: a shipped one's name, or its folder.", group=_MODEL, name="--from")
    retain: str = setting(
        "",
        "With --from: a parallel file of what it should still know; else the project's own dev.",
        group=_DATA,
        was="general",
    )
    replay: float = setting(
        0.0,
        "With --from: share of an epoch that is the project's own corpus; 0.3 if not given.",
        SHARE,
        group=_DATA,
        was="rehearse",
    )
    out: str = setting("runs/model", "Run folder.", group=_RUN)
    direction: Literal["both", "en-pt", "pt-en"] = setting("both", "What to learn: one model does both.", group=_MODEL)
    preset: Literal["auto", "tiny", "quick", "medium", "small", "base"] = setting(
        "auto", "Model shape; by corpus size if not given.", group=_MODEL
    )
    vocab_size: int | None = rare(None, "Subword pieces; by corpus size if not given.", group=_MODEL)
    subwords: str = rare("", "A model's subwords.model to use instead of learning pieces.", group=_MODEL)
    mix: dict[str, float] = rare(dict, "Passes over a corpus an epoch, 1 unless given: docs=0.2, news=2.", group=_DATA)
    mix_temperature: float = rare(
        1.0, "T: above 1 small corpora are seen more often, by the (1/T)th power of their share.", ABOVE_0, group=_DATA
    )
    curriculum: Literal["none", "short-first"] = rare(
        "none", "short-first: the first epoch goes from short sentences to long ones.", group=_DATA
    )

    steps: int | None = setting(None, "Budget in optimizer steps.", ABOVE_0, group=_BUDGET)
    epochs: float | None = rare(None, "Budget in passes over the corpus.", ABOVE_0, group=_BUDGET)
    minutes: float | None = setting(None, "Budget in minutes of training.", ABOVE_0, group=_BUDGET)

    batch_tokens: int = rare(4096, "Source + target tokens a batch, padding included.", ABOVE_0, group=_LEARNING)
    accumulate: int = rare(1, "Batches a step, their gradients added up.", ABOVE_0, group=_LEARNING)
    max_pieces: int = rare(128, "Longer training sentences, in pieces, are left out.", ABOVE_0, group=_DATA)
    optimizer: Literal["muon", "adamw"] = rare(
        "muon", "Optimiser of the matrices; AdamW moves the rest.", group=_LEARNING
    )
    muon_lr: float = rare(0.02, "Peak learning rate of Muon, in orthogonal updates.", ABOVE_0, group=_LEARNING)
    adam_lr: float = rare(0.002, "Peak learning rate of AdamW.", ABOVE_0, group=_LEARNING)
    schedule: Literal["stable-decay", "cosine", "inverse-sqrt"] = rare(
        "stable-decay", "How the rates go on after the warm-up.", group=_LEARNING
    )
    warmup_steps: int | None = rare(
        None, "Steps of linear warm-up; 100, or a tenth of the budget where that is less.", AT_LEAST_0, group=_LEARNING
    )
    decay: float = rare(
        0.6,
        "stable-decay: last share of the budget over which the rates fall to 0.",
        Range(least=0, most=1),
        group=_LEARNING,
    )
    weight_decay: float = rare(0.0, "Decoupled weight decay, a step.", AT_LEAST_0, group=_LEARNING)
    clip: float = rare(1.0, "Largest global gradient norm.", ABOVE_0, group=_LEARNING)
    label_smoothing: float = rare(0.1, "Probability mass spread over the vocabulary.", SHARE, group=_LEARNING)
    dropout: float = rare(0.1, "Dropout probability.", SHARE, group=_LEARNING)
    subword_alpha: float = rare(0.0, "Subword sampling; 0 = off, 0.1 = strong.", AT_LEAST_0, group=_DATA)
    augment: float = rare(0.0, "Share of pairs changed to what people type.", SHARE, group=_DATA)
    slots: float = rare(0.1, "Share of pairs in which slots stand for words both sides share.", SHARE, group=_DATA)
    copies: float = rare(
        0.0, "Share of pairs with foreign names, codes and placeholders made up, to learn to copy.", SHARE, group=_DATA
    )
    typos: float = rare(0.0, "Share of pairs with slips of the fingers in the source.", SHARE, group=_DATA)
    ema: float = rare(
        0.998, "Decay a step of the averaged weights that are measured and kept; 0 = none.", SHARE, group=_LEARNING
    )
    precision: Literal["auto", "float32", "bfloat16"] = rare(
        "auto", "Number format of the forward and the backward pass.", group=_MACHINE
    )
    device: Literal["auto", "cpu", "cuda"] = setting(
        "auto", "Where to train; auto: a GPU if there is one.", group=_MACHINE
    )
    threads: int | None = setting(None, "CPU threads; all if not given.", ABOVE_0, group=_MACHINE)
    workers: int | None = rare(
        None, "Processes that prepare batches; with a GPU, the cores to spare, else 0.", AT_LEAST_0, group=_MACHINE
    )
    eval_every: int = setting(500, "Steps between evaluations, each followed by a save.", ABOVE_0, group=_RUN)
    save_minutes: float = rare(2.0, "Minutes of training between other saves; 0 = none.", AT_LEAST_0, group=_RUN)
    keep: int = rare(0, "Latest evaluated models kept in RUN/steps, to be averaged.", AT_LEAST_0, group=_RUN)
    patience: int | None = rare(None, "End after so many evaluations without a better model.", ABOVE_0, group=_RUN)
    eval_sentences: int = rare(300, "Dev sentences translated at each evaluation, a direction.", ABOVE_0, group=_RUN)
    seed: int = rare(1, "Seed of everything random.", Range(least=0, below=1 << 63), group=_RUN)

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
