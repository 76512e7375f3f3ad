"""What ``translator attend`` prints and writes of one sentence, once it is known which weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from rich.text import Text

from translator.commands.attend.view import Thumbnails, links_svg, links_text, thumbnails, thumbnails_svg
from translator.commands.console import stdout
from translator.commands.output import arrow, csv_text, show
from translator.commands.pairs import SentencePair
from translator.draw.heatmap import KEY, Heatmap, heatmap, heatmap_svg, percentages
from translator.draw.language import say, told
from translator.draw.svg import page
from translator.draw.text import wrap, wrapped
from translator.errors import TranslatorError
from translator.explain.geometry import entropy
from translator.explain.occlusion import OCCLUSIONS, agreement, occlude
from translator.explain.weights import MEASURES, Kind, Level, Measure, PairAttention, check_laws
from translator.text.normalise import visible
from translator.text.slots import fill, slots_in

if TYPE_CHECKING:
    from translator.translation import Translator

_NAMES = {"cross": "cross-attention", "encoder": "encoder self-attention", "decoder": "decoder self-attention"}
_WHY = {
    "cross": "where the decoder looked, not why it chose the word",
    "encoder": "where the encoder looked as it read each word, not what it understood",
    "decoder": "where the decoder looked back as it predicted each word, not why it chose it; columns = words read",
}
_MEASURES = {"raw": "", "norm": "  by norm ‖α·f(x)‖", "rollout": "  rollout"}
_DRAW: dict[str, Any] = {
    "heat": heatmap,
    "table": partial(heatmap, decimals=True),
    "links": links_text,
    "grid": thumbnails,
}
_SCALES = {
    "grid": "stronger = more of the row",
    "links": "above: looked at · below: rows · wider = more of the row · links under 10 % not drawn",
}
_COLUMNS = ["sentence", "kind", "weights", "layer", "head", "row", "row_label", "column", "column_label", "weight"]


def _percent(share: float) -> str:
    """Whole per cents, without a false 0 or 100."""
    if 0 < share < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 <= share < 1 else f"{share:.0%}".replace("%", " %")


def _shown(name: str, slots: Mapping[str, str]) -> str:
    """A label without what moves a cursor, a slot by what stands there; one with nothing to see gets a mark."""
    return visible(fill(name, {slot: slots.get(slot, "□") for slot in slots_in(name)})).strip() or "·"


class Choice(NamedTuple):
    """What is shown; layer and head count from 0, ``None`` = the mean."""

    kind: Kind
    level: Level
    measure: Measure
    view: str
    layer: int | None
    head: int | None
    best: tuple[int, int] | None  # for cross-attention, where the model's alignments were measured
    which: str  # the layer and head in words


class Shown:
    """One sentence with its attention, and what of it is shown.

    ``matrices`` holds what the view shows of it, by layer and head from 0, ``None`` = the mean.
    """

    def __init__(self, pair: SentencePair, attention: PairAttention, choice: Choice) -> None:
        self.pair, self.attention, self.choice = pair, attention, choice
        self.kind, self.level, self.measure, self.view = choice[:4]
        self.weights = weights = attention.weights(self.kind, self.measure)
        self.rows, self.columns = ([_shown(name, pair.slots) for name in side] for side in weights.labels(self.level))
        places: list[tuple[Any, Any]] = [(choice.layer, choice.head)]
        if self.view == "grid":
            L, H = weights.heads.shape[:2]
            places = [(l, None if self.measure == "rollout" else h) for l in range(L) for h in range(H)]
        self.matrices = {(layer, head): weights.at(layer, head, self.level) for layer, head in places}
        self.rows_are = f"rows = {self.level} read" if self.kind == "encoder" else f"rows = predicted {self.level}"
        self.why = _WHY[self.kind].replace("word", self.level)
        which = "all layers and heads" if self.view == "grid" else choice.which
        self.heading = f"{arrow(pair.direction)}  {_NAMES[self.kind]}{_MEASURES[self.measure]}  {which}"

    def _notes(self) -> list[str]:
        """How much lies where no reader looks for meaning: tag, ends and punctuation."""
        one, layer = self.weights, self.choice.layer
        matrix = one.at(None if self.view == "grid" else layer, self.choice.head, "word")
        words = [word.text for word in one.columns.words]
        last = len(words) - 1 if one.kind != "decoder" else None
        sinks = [j for j, word in enumerate(words) if j in (0, last) or not any(c.isalnum() for c in word)]
        names = " ".join(dict.fromkeys(_shown(words[j], {}) for j in sinks))
        on_sinks = float(matrix[:, sinks].sum(axis=1).mean())
        notes = [f"{_percent(on_sinks)} of all weight lies on {names}"] if sinks else []
        if one.unseen is not None:
            share = float(one.unseen[-1 if layer is None else layer].mean())
            notes.append(f"not in the picture: {_percent(share)} of the rollout ends in the target words already read")
        return notes

    def picture(self) -> Heatmap | Thumbnails:
        """What a view draws."""
        title, notes = told(f"{self.heading}  {self.rows_are}"), self._notes()
        if self.view != "grid":
            key = KEY.replace("% of each row", "shares of each row, 1 in all") if self.view == "table" else KEY
            masked = " · × = masked: may not look ahead" if self.kind == "decoder" else ""
            [matrix], mask = self.matrices.values(), self.weights.may_attend(self.level)
            return Heatmap(title, self.rows, self.columns, matrix, f"{key}{masked} · {self.why}", mask, notes)
        best = self.choice.best if self.measure != "rollout" else None
        names = [
            say(f"layer {l + 1}" if h is None else f"layer {l + 1} head {h + 1}") + (" ★" if (l, h) == best else "")
            for l, h in self.matrices
        ]
        L, H = self.weights.heads.shape[:2]
        stack = np.stack(list(self.matrices.values())).reshape(L, H, len(self.rows), len(self.columns))
        notes = [f"rows: {' '.join(self.rows)}", f"columns: {' '.join(self.columns)}", *notes]
        caption = ("★ aligns words best on dev · " if best else "") + self.why
        return Thumbnails(title, stack, [names[l * H : (l + 1) * H] for l in range(L)], caption, notes)

    def print(self, *, apart: bool) -> None:
        """The sentence, its translation and the picture; ``apart`` sets a line before it."""
        console = stdout()
        width = max(40, console.width)
        if apart:
            console.print()
        show(*wrapped(visible(self.pair.source), width), *wrapped(visible(f"→ {self.pair.target}"), width), Text())
        show(_DRAW[self.view](self.picture(), width))

    def plain(self) -> dict[str, Any]:
        """Plain data. Layers and heads count from 1, rows and columns from 0."""
        best, unseen = self.choice.best, self.weights.unseen
        L, H = self.weights.heads.shape[:2]
        told = self.pair.plain() | {"target_was_given": self.pair.is_forced}
        told |= {"kind": self.kind, "measure": self.measure, "level": self.level, "layers": L, "heads": H}
        told["best"] = None if best is None else {"layer": best[0] + 1, "head": best[1] + 1}
        told |= {"rows": self.rows, "columns": self.columns}
        told["may_attend"] = self.weights.may_attend(self.level).tolist()
        told["matrices"] = [
            {
                "layer": _counted(layer),
                "head": _counted(head),
                "weights": matrix.tolist(),
                "percent": [percentages(row) for row in matrix],
                "row_maximum": matrix.argmax(axis=1).tolist(),
                "entropy_bits": entropy(matrix).tolist(),
            }
            for (layer, head), matrix in self.matrices.items()
        ]
        return told | {"unseen": None if unseen is None else unseen.tolist(), "caption": self.why}

    def table(self, number: int) -> Iterator[list[Any]]:
        """Rows of the CSV; all count from 1."""
        for (layer, head), matrix in self.matrices.items():
            place = [number, self.kind, self.measure, _counted(layer), _counted(head)]
            for (i, j), weight in np.ndenumerate(matrix):
                yield [*place, i + 1, self.rows[i], j + 1, self.columns[j], f"{weight:.9g}"]

    def check(self, translator: Translator) -> tuple[dict[str, Any], int]:
        """Broken laws, and the rank correlation of each measure with leaving words out each way, over so many rows."""
        pair, words = self.pair, (self.weights.columns.words, self.weights.rows.words)
        rho: dict[str, dict[str, float | None]] = {how: {} for how in OCCLUSIONS}
        rows = 0
        for how in OCCLUSIONS:
            occlusion = occlude(translator.checkpoint.model, pair.source_ids, pair.target_ids, *words, how)
            for measure in MEASURES:
                head = None if measure == "rollout" else self.choice.head
                weights = self.attention.weights("cross", measure)
                found = agreement(weights, self.choice.layer, head, occlusion)
                rho[how][measure], rows = found.rho, max(rows, found.rows)
        return {"broken_laws": check_laws(self.attention), "spearman": rho}, rows

    def print_check(self, translator: Translator) -> None:
        """What ``--check`` found. Raises ``TranslatorError`` where a law is broken."""
        found, rows = self.check(translator)
        laws = found["broken_laws"]
        found_so = laws or ["rows sum to 1, masked cells are 0, and q · kᵀ of the same pass gives the same weights"]
        lines = ["", *(f"{say('BROKEN' if laws else 'ok')}: {say(line)}" for line in found_so)]
        lines.append(say("rank correlation (Spearman's ρ) with the fall of ln p when a source word is taken away:"))
        for how, by in found["spearman"].items():
            values = "   ".join(f"{m} {'  n/a' if rho is None else f'{rho:+.2f}'}" for m, rho in by.items())
            lines.append(f"  {say(how):<8} {values}")
        lines.append(say(f"mean over {rows} predicted words; +1 same order, 0 none; rollout: all heads"))
        width = stdout().width
        for line in lines:
            show(*map(Text, wrap(line.lstrip(), max(40, width) - 2) if len(line) > width else [line]))
        if laws:
            raise TranslatorError("the attention breaks its own laws", "the model or this program is at fault")


def _counted(place: int | None) -> int | str:
    """A layer or head, from 1."""
    return "mean" if place is None else place + 1


def attention_svg(shown: Sequence[Shown]) -> str:
    """All sentences as one SVG document, each with its picture."""
    parts, captions = [], []
    for one in shown:
        picture = one.picture()
        captions += [visible(f"{one.pair.source} → {one.pair.target}"), *picture.notes]
        if isinstance(picture, Thumbnails):
            parts += thumbnails_svg(picture)
        elif one.view == "links":
            parts.append(links_svg(picture))
        else:
            parts.append(heatmap_svg(picture, decimals=one.view == "table"))
    last = shown[-1]
    scale = _SCALES.get(last.view, "frame = row maximum · % of each row")
    a_row = last.weights.heads.shape[1] if last.view == "grid" else 1
    return page(told(last.heading), parts, [*captions, f"{last.rows_are} · {scale} · {last.why}"], a_row=a_row)


def attention_csv(shown: Sequence[Shown]) -> str:
    """A line a weight; sentences, layers, heads, rows and columns count from 1."""
    return csv_text(_COLUMNS, (row for number, one in enumerate(shown, start=1) for row in one.table(number)))
