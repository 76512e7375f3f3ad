"""``translator attend``: every attention weight behind a translation, as a picture, numbers, a file or a page."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from translator.cli.console import open_output, stdout
from translator.cli.pairs import SentencePair, sentence_pairs
from translator.cli.requests import direction_from
from translator.errors import UsageError
from translator.resources import DEFAULT_MODEL

if TYPE_CHECKING:
    import numpy as np

    from translator.config import ModelConfig
    from translator.explain.measures import Measure
    from translator.explain.recording import Recorded
    from translator.explain.stages import Kind
    from translator.model.folder import ModelFolder
    from translator.translation import Translator
    from translator.views.heatmap import Heatmap

__all__ = ["attend"]

_NAMES = {"cross": "cross-attention", "encoder": "encoder self-attention", "decoder": "masked self-attention"}
_ROWS = {"cross": "rows = predicted word", "encoder": "rows = word read", "decoder": "rows = predicted, columns = read"}
_WHERE = {
    "cross": "where the decoder looked, not why it chose the word",
    "encoder": "which words the encoder mixed into each",
    "decoder": "which words, already written, the decoder looked back at",
}
_CHOICES = {
    "kind": ("cross", "encoder", "decoder"),
    "level": ("word", "token"),
    "view": ("heat", "links", "grid", "table"),
    "weights": ("raw", "norm", "rollout"),
}


def attend(
    text: Annotated[str, typer.Argument(help="The text; each sentence in turn.")],
    target: Annotated[
        str | None, typer.Option(help="Read this translation instead of the model's own.", metavar="TEXT")
    ] = None,
    kind: Annotated[
        str, typer.Option(metavar="cross|encoder|decoder", help="Cross-attention, or self-attention of one side.")
    ] = "cross",
    layer: Annotated[str | None, typer.Option(metavar="N|mean", help="Layer, from 1; the last if not given.")] = None,
    head: Annotated[
        str | None,
        typer.Option(metavar="N|mean|best", help="Head, from 1; best: the one that aligns words best."),
    ] = None,
    level: Annotated[str, typer.Option(metavar="word|token", help="Whole words, or the model's pieces.")] = "word",
    view: Annotated[
        str, typer.Option(metavar="heat|links|grid|table", help="Heat map, links, every head in small, numbers.")
    ] = "heat",
    weights: Annotated[
        str,
        typer.Option(metavar="raw|norm|rollout", help="As computed; by what they add; followed through the layers."),
    ] = "raw",
    check: Annotated[
        bool, typer.Option("--check", help="Compare each measure with what leaving words out does.")
    ] = False,
    svg: Annotated[Path | None, typer.Option(help="Write the heat map as SVG too.")] = None,
    table: Annotated[Path | None, typer.Option("--csv", help="Write the weights as CSV too.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write one page to look into and to share.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    source: Annotated[
        str | None, typer.Option("--from", metavar="en|pt", help="Language of the text; detected if not given.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="en|pt", help="Language to translate into.")] = None,
    model: Annotated[
        str, typer.Option(help="Name of a shipped model, or a model folder.", envvar="TRANSLATOR_MODEL")
    ] = DEFAULT_MODEL,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a sentence.")] = False,
) -> None:
    """Show where the model looked: cross-attention, or the self-attention of either side.

    Example: translator attend "I am happy." --kind cross --layer 2 --head best
    """
    direction = direction_from(source, to)
    for name, value in (("kind", kind), ("level", level), ("view", view), ("weights", weights)):
        if value not in _CHOICES[name]:
            raise UsageError(f"--{name} {value}: unknown", f"it takes {', '.join(_CHOICES[name])}")
    if weights == "rollout" and head not in (None, "mean"):
        raise UsageError(f"--weights rollout has no heads, and --head {head} was given", "leave --head out")
    from translator.translation import Translator

    translator = Translator.load(model)
    chosen = _choose(translator.folder, cast("Kind", kind), layer, head)
    pairs = sentence_pairs(translator, text, target, direction)
    if not pairs:
        raise UsageError("there are no words to look into", 'for example: "I am happy."')
    if (svg or table) and len(pairs) > 1:
        raise UsageError("--svg and --csv take one sentence", f"the text has {len(pairs)}")
    if html:
        from translator.cli.pages import write_page

        level_name: Literal["word", "token"] = "word" if level == "word" else "token"
        write_page(
            translator,
            pairs,
            html,
            force=force,
            kind=chosen.kind,
            layer=chosen.layer,
            head=chosen.head,
            level=level_name,
        )
    for number, pair in enumerate(pairs):
        shown = _Shown(translator, pair, chosen, level, cast("Measure", weights))
        if svg:
            from translator.views.attention_svg import heatmap_svg

            with open_output(svg, force=force) as file:
                file.write(heatmap_svg(shown.picture))
        if table:
            with open_output(table, force=force) as file:
                shown.write_csv(file)
        if as_json:
            print(json.dumps(shown.plain(check), ensure_ascii=False))
            continue
        if number:
            stdout().print()
        shown.draw(view)
        if check:
            shown.draw_check()


@dataclass(frozen=True)
class _Chosen:
    """Which attention; layer and head from 0, ``None`` = the mean."""

    kind: Kind
    layer: int | None
    head: int | None
    note: str  # how it came to be chosen, for the title


def _choose(folder: ModelFolder, kind: Kind, layer: str | None, head: str | None) -> _Chosen:
    """Raises ``UsageError`` naming what is valid."""
    shape = folder.shape
    layers = shape.encoder_layers if kind == "encoder" else shape.decoder_layers
    if head == "best":
        return _best(folder, shape, kind, layer)
    at = None if layer == "mean" else _number("layer", layer, layers, layers)
    return _Chosen(kind, at, None if head in (None, "mean") else _number("head", head, shape.heads, 1), "")


def _best(folder: ModelFolder, shape: ModelConfig, kind: Kind, layer: str | None) -> _Chosen:
    """The head kept in the model by ``align-eval``; else the last layer's mean, and the title says so."""
    if kind != "cross" or layer is not None:
        raise UsageError("--head best is one layer and head of cross-attention", "leave --kind and --layer out")
    from translator.explain.align import alignment_choice

    choice = alignment_choice(folder)
    if choice is None or choice.best is None:
        return _Chosen(kind, shape.decoder_layers - 1, None, "best was never measured: see align-eval")
    return _Chosen(kind, *choice.best, "best on dev")


def _number(name: str, text: str | None, count: int, default: int) -> int:
    value = default if text is None else int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= value <= count:
        words = "mean" if name == "layer" else "mean, best"
        raise UsageError(f"--{name} {text}: this attention has {name}s 1 to {count}", f"or say {words}")
    return value - 1


class _Shown:
    """One sentence pair, read once."""

    def __init__(
        self, translator: Translator, pair: SentencePair, chosen: _Chosen, level: str, measure: Measure
    ) -> None:
        from translator.explain.measures import measured
        from translator.explain.recording import record

        self.translator, self.pair, self.chosen, self.level, self.measure = translator, pair, chosen, level, measure
        network = translator.checkpoint.model
        self.recorded = record(network, translator.subwords, pair.source_ids, pair.target_ids)
        self.one: Recorded = self.recorded[chosen.kind]
        self.every = measured(network, self.recorded, chosen.kind, measure)  # (L, H or 1, T, S)
        self.matrix = self._leveled(self._pick(self.every))
        self.picture = self._picture()

    def _pick(self, every: np.ndarray) -> np.ndarray:
        """(T, S) of the layer and head chosen."""
        layer, head = self.chosen.layer, self.chosen.head
        of_layer = every.mean(axis=0) if layer is None else every[layer]
        picked: np.ndarray = of_layer.mean(axis=0) if head is None else of_layer[head]
        return picked

    def _leveled(self, matrix: np.ndarray) -> np.ndarray:
        from translator.explain.cross import to_words

        return matrix if self.level == "token" else to_words(matrix, self.one.rows.words, self.one.columns.words)

    def names(self, side: str) -> list[str]:
        """What rows or columns are called; a slot by what stands there."""
        one = self.one.rows if side == "rows" else self.one.columns
        spelled = one.labels if self.level == "token" else [word.text for word in one.words]
        return [self._unslotted(name) for name in spelled]

    def _unslotted(self, name: str) -> str:
        from translator.text.normalise import visible
        from translator.text.slots import fill, slots_in

        return visible(fill(name, {s: self.pair.slots.get(s, "□") for s in slots_in(name)}))

    def _picture(self) -> Heatmap:
        from translator.views.heatmap import Heatmap

        chosen, heads = self.chosen, self.every.shape[1]
        layer = "mean of layers" if chosen.layer is None else f"layer {chosen.layer + 1}/{len(self.every)}"
        head = f"mean of {heads} heads" if chosen.head is None else f"head {chosen.head + 1}/{heads}"
        if self.measure == "rollout":
            head = "rollout"
        note = f' ("{chosen.note}")' if chosen.note else ""
        kind = _NAMES[chosen.kind] + ("" if self.measure != "norm" else " by norm")
        arrow = self.pair.direction.upper().replace("-", "→")
        title = f"{arrow}  {kind}  {layer}  {head}{note}  {_ROWS[chosen.kind]}"
        caption = f"% of each row · [ ] = row maximum · H = entropy, bits · {_WHERE[chosen.kind]}"
        return Heatmap(title, self.names("rows"), self.names("columns"), self.matrix, caption)

    def draw(self, view: str) -> None:
        """Print one view."""
        from rich.text import Text

        from translator.views.attention import attention_links, attention_table, thumbnails
        from translator.views.cosines import wrap
        from translator.views.heatmap import heatmap

        console = stdout()
        for line in wrap(f"{self.pair.source} → {self.pair.target}", console.width):
            console.print(Text(line, "bold"))
        if view == "grid":
            import numpy as np

            small = np.stack([np.stack([self._leveled(head) for head in layer]) for layer in self.every])
            drawn = thumbnails(self.picture.title, small, console.width)
        else:
            drawn = {"heat": heatmap, "links": attention_links, "table": attention_table}[view](
                self.picture, console.width
            )
        console.print(drawn, no_wrap=True, crop=False)

    def write_csv(self, file: Any) -> None:
        """The matrix with its names; numbers in full."""
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["", *self.names("columns")])
        for name, row in zip(self.names("rows"), self.matrix.tolist(), strict=True):
            writer.writerow([name, *row])

    def plain(self, check: bool) -> dict[str, Any]:
        """Everything as plain data; layer and head from 1, null = the mean."""
        from translator.explain.cross import entropy

        chosen = self.chosen
        data = {
            "source": self.pair.source,
            "target": self.pair.target,
            "direction": self.pair.direction,
            "kind": chosen.kind,
            "layer": None if chosen.layer is None else chosen.layer + 1,
            "head": None if chosen.head is None else chosen.head + 1,
            "note": chosen.note,
            "level": self.level,
            "measure": self.measure,
            "rows": self.names("rows"),
            "columns": self.names("columns"),
            "weights": self.matrix.tolist(),
            "entropy": entropy(self.matrix).tolist(),
        }
        return data | {"rank_correlation": self.correlations()} if check else data

    def correlations(self) -> dict[str, float | None]:
        """Spearman's ρ of each measure, at the layer and head chosen, with what leaving a source word out does to each
        word that is predicted: the mean over the words of the translation."""
        import numpy as np

        from translator.explain.cross import to_words
        from translator.explain.measures import MEASURES, measured
        from translator.explain.occlusion import rank_correlation, without_each_word

        network, cross = self.translator.checkpoint.model, self.recorded["cross"]
        inside = cross.columns.words[1:-1]
        rows = cross.rows.words[:-1]
        effects = [
            [one.log_ratio for one in self._without(network, word.start, inside, without_each_word)] for word in rows
        ]
        found: dict[str, float | None] = {}
        for measure in MEASURES:
            every = measured(network, self.recorded, "cross", measure)
            layer = -1 if self.chosen.layer is None else self.chosen.layer
            head = None if measure == "rollout" else self.chosen.head
            matrix = every[layer].mean(axis=0) if head is None else every[layer][head]
            words = to_words(matrix, cross.rows.words, cross.columns.words)[: len(rows), 1:-1]
            told = [rank_correlation(list(a), e) for a, e in zip(words, effects, strict=True)]
            known = [value for value in told if value is not None]
            found[measure] = float(np.mean(known)) if known else None
        return found

    def _without(self, network: Any, step: int, inside: Any, leave_out: Any) -> Any:
        ids = self.pair.target_ids
        return leave_out(network, self.pair.source_ids, ids[:step], ids[step], inside)

    def draw_check(self) -> None:
        """Print how each measure ranks source words beside what leaving them out does."""
        console = stdout()
        console.print("rank correlation (Spearman) with leaving each source word out, mean over predicted words:")
        for name, value in self.correlations().items():
            console.print(f"  {name:<8}{'too few words' if value is None else f'{value:+.2f}'}")
