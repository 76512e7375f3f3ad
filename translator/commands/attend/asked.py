"""What may be asked of ``translator attend``: its options are derived from this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from translator.commands.pairs import HeadOptions, head_options
from translator.config import setting
from translator.errors import UsageError

if TYPE_CHECKING:
    from translator.explain.weights import Kind, Level, Measure
    from translator.model.folder import ModelFolder

_FILES = "Files"
_CHOICES = {
    "view": ("heat", "links", "grid", "table"),
    "level": ("word", "token"),
    "weights": ("raw", "norm", "rollout"),
}


@dataclass(frozen=True)
class Choice:
    """What is shown; layer and head count from 0, ``None`` = the mean."""

    kind: Kind
    layer: int | None
    head: int | None
    view: str
    level: Level
    measure: Measure
    best: tuple[int, int] | None  # for cross-attention, where the model's alignments were measured
    which: str  # the layer and head in words


@dataclass(frozen=True)
class Asked:
    """Every option of its own, with its default."""

    kind: str = setting("cross", "Cross-attention, or self-attention of one side.", takes="cross|encoder|decoder")
    layer: str | None = setting(None, "Layer, from 1, or the mean of all; the last if not given.", takes="N|mean")
    head: str | None = setting(
        None,
        "Head, from 1; all heads together, as if not given; or the layer and head of cross-attention that align words "
        "best, measured by align-eval (else all heads together, and the title says so).",
        takes="N|mean|best",
    )
    level: str = setting("word", "Words, or the model's subword tokens.", takes="word|token")
    view: str = setting("heat", "Heat map, links, all heads at a glance, numbers.", takes="heat|links|grid|table")
    weights: str = setting(
        "raw",
        "As computed; by the length of what they add (Kobayashi 2020); followed back through the layers (Abnar & "
        "Zuidema 2020).",
        takes="raw|norm|rollout",
    )
    check: bool = setting(
        False,
        "Check the weights' laws, and compare them with leaving each source word out (slower).",
        name="--check",
    )
    svg: Path | None = setting(None, "Write the picture here, too: SVG, or PNG by its name.", group=_FILES)
    csv: Path | None = setting(None, "Write the numbers here as CSV, too.", group=_FILES, rare=True)
    html: Path | None = setting(
        None, "Write one page to share here: all kinds, layers and heads, to click through.", group=_FILES
    )

    def __post_init__(self) -> None:
        """Raises ``UsageError`` naming what is valid."""
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise UsageError(f"--{name} {getattr(self, name)}: unknown", f"it takes {', '.join(choices)}")
        if self.check and self.kind != "cross":
            raise UsageError("--check compares cross-attention with leaving source words out", "leave --kind out")
        if self.view == "grid" and (self.layer, self.head) != (None, None):
            raise UsageError("--view grid shows all layers and heads", "leave --layer and --head out")
        if self.weights == "rollout" and self.head not in (None, "mean"):
            raise UsageError("--weights rollout is of all heads together", "leave --head out, or ask for --head mean")

    def choice(self, folder: ModelFolder) -> Choice:
        """What that is in a model. Raises ``UsageError`` naming what it has."""
        from translator.explain.align import alignment_choice

        options = head_options(folder.shape, self.kind, _number("layer", self.layer), _number("head", self.head))
        kept = alignment_choice(folder)
        best = kept.best if kept is not None and options.kind == "cross" else None
        layer, head, why = self._place(options, best)
        layers, heads = options.layers, folder.shape.heads
        together = f"{heads} heads together" if self.weights == "norm" else f"mean of {heads} heads"
        which = f"mean of {layers} layers" if layer is None else f"layer {layer + 1}/{layers}"
        which += f"  {together if head is None else f'head {head + 1}/{heads}'}{why}"
        return Choice(options.kind, layer, head, self.view, self.level, self.weights, best, which)  # type: ignore[arg-type]

    def _place(self, options: HeadOptions, best: tuple[int, int] | None) -> tuple[int | None, int | None, str]:
        """Layer and head from 0, ``None`` = the mean, and what the title adds."""
        layer = None if self.layer == "mean" else options.layer
        if self.head != "best":
            return layer, None if self.head in (None, "mean") else options.head, ""
        if best is None:
            return layer, None, ' ("best" was never measured for this)'
        if self.layer not in (None, str(best[0] + 1)):
            raise UsageError(
                f"--head best is head {best[1] + 1} of layer {best[0] + 1}, not of --layer {self.layer}",
                "leave --layer out, or choose a head by its number",
            )
        return *best, ' ("best": aligns words best on dev)'


def _number(option: str, value: str | None) -> int | None:
    words = ("mean",) if option == "layer" else ("mean", "best")
    if value is None or value in words:
        return None
    if not (value.isascii() and value.isdigit()):
        raise UsageError(f"--{option} {value}: it takes a number from 1, or {' or '.join(words)}")
    return int(value)
