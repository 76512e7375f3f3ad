"""What ``translator attend`` prints and writes of one sentence, once it is known which weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.text import Text

from translator.commands.attend.asked import Choice
from translator.commands.attend.view import (
    Thumbnails,
    links_svg,
    links_text,
    thumbnails,
    thumbnails_svg,
)
from translator.commands.console import stdout
from translator.commands.output import arrow, csv_text, show
from translator.commands.pairs import SentencePair
from translator.draw.heatmap import KEY, Heatmap, heatmap, heatmap_svg, percentages
from translator.draw.svg import page
from translator.draw.text import wrap, wrapped
from translator.errors import TranslatorError
from translator.explain.geometry import entropy
from translator.explain.weights import PairAttention, Weights
from translator.text.normalise import visible
from translator.text.slots import fill, slots_in

if TYPE_CHECKING:
    from translator.translation import Translator

_NAMES = {"cross": "cross-attention", "encoder": "encoder self-attention", "decoder": "decoder self-attention"}
_ROWS = {"cross": "rows = predicted word", "encoder": "rows = word read", "decoder": "rows = predicted word"}
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
_COLUMNS = (
    *("sentence", "kind", "weights", "layer", "head"),
    *("row", "row_label", "column", "column_label", "weight"),
)


def _percent(share: float) -> str:
    """Whole per cents, without a false 0 or 100."""
    if 0 < share < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 <= share < 1 else f"{share:.0%}".replace("%", " %")


def _shown(name: str, slots: Mapping[str, str]) -> str:
    """A label without what moves a cursor, a slot by what stands there; one with nothing to see gets a mark."""
    return visible(fill(name, {slot: slots.get(slot, "□") for slot in slots_in(name)})).strip() or "·"


@dataclass(frozen=True)
class Shown:
    """One sentence with its attention, and what of it is shown."""

    pair: SentencePair
    attention: PairAttention
    choice: Choice

    @cached_property
    def weights(self) -> Weights:
        """By the measure that was chosen."""
        return self.attention.weights(self.choice.kind, self.choice.measure)

    @cached_property
    def labels(self) -> tuple[list[str], list[str]]:
        """What rows and columns are called."""
        rows, columns = ([_shown(name, self.pair.slots) for name in x] for x in self.weights.labels(self.choice.level))
        return rows, columns

    @property
    def rows_are(self) -> str:
        """What a row is."""
        return _ROWS[self.choice.kind].replace("word", self.choice.level)

    @property
    def heading(self) -> str:
        """What is shown, without the rows."""
        which = "all layers and heads" if self.choice.view == "grid" else self.choice.which
        return f"{arrow(self.pair.direction)}  {_NAMES[self.choice.kind]}{_MEASURES[self.choice.measure]}  {which}"

    @property
    def why(self) -> str:
        """What the weights tell, and what not."""
        why = _WHY[self.choice.kind]
        return why.replace("word", self.choice.level) if self.choice.level == "token" else why

    @cached_property
    def notes(self) -> list[str]:
        """How much lies where no reader looks for meaning: tag, ends and punctuation."""
        one, choice = self.weights, self.choice
        matrix = one.at(None if choice.view == "grid" else choice.layer, choice.head, "word")
        words = [word.text for word in one.columns.words]
        last = len(words) - 1 if one.kind != "decoder" else None
        sinks = [j for j, word in enumerate(words) if j in (0, last) or not any(c.isalnum() for c in word)]
        names = " ".join(dict.fromkeys(_shown(words[j], {}) for j in sinks))
        on_sinks = float(matrix[:, sinks].sum(axis=1).mean())
        notes = [f"{_percent(on_sinks)} of all weight lies on {names}"] if sinks else []
        if one.unseen is not None:
            share = float(one.unseen[-1 if choice.layer is None else choice.layer].mean())
            notes.append(f"not in the picture: {_percent(share)} of the rollout ends in the target words already read")
        return notes

    @cached_property
    def picture(self) -> Heatmap | Thumbnails:
        """What a view draws."""
        (rows, columns), choice, one = self.labels, self.choice, self.weights
        title = f"{self.heading}  {self.rows_are}"
        if choice.view != "grid":
            masked = " · × = masked: may not look ahead" if choice.kind == "decoder" else ""
            is_table = choice.view == "table"
            key = KEY.replace("% of each row", "shares of each row, 1 in all") if is_table else KEY
            caption = f"{key}{masked} · {self.why}"
            matrix = one.at(choice.layer, choice.head, choice.level)
            return Heatmap(title, rows, columns, matrix, caption, one.may_attend(choice.level), self.notes)
        L, H = one.heads.shape[:2]
        is_starred = bool(choice.best) and choice.measure != "rollout"

        def name(l: int, h: int) -> str:
            head = "" if choice.measure == "rollout" else f" head {h + 1}"
            return f"layer {l + 1}{head}" + (" ★" if is_starred and (l, h) == choice.best else "")

        stack = np.stack([[one.at(l, h, choice.level) for h in range(H)] for l in range(L)])
        notes = [f"rows: {' '.join(rows)}", f"columns: {' '.join(columns)}", *self.notes]
        caption = ("★ aligns words best on dev · " if is_starred else "") + self.why
        return Thumbnails(title, stack, [[name(l, h) for h in range(H)] for l in range(L)], caption, notes)

    def print(self, *, apart: bool) -> None:
        """The sentence, its translation and the picture; ``apart`` sets a line before it."""
        console = stdout()
        width = max(40, console.width)
        if apart:
            console.print()
        show(*wrapped(visible(self.pair.source), width), *wrapped(visible(f"→ {self.pair.target}"), width), Text())
        show(_DRAW[self.choice.view](self.picture, width))

    @property
    def chosen(self) -> list[tuple[int | None, int | None]]:
        """Layers and heads that the view shows."""
        if self.choice.view != "grid":
            return [(self.choice.layer, self.choice.head)]
        L, H = self.weights.heads.shape[:2]
        return [(l, None if self.choice.measure == "rollout" else h) for l in range(L) for h in range(H)]

    def plain(self) -> dict[str, Any]:
        """Plain data. Layers and heads count from 1, rows and columns from 0."""
        (rows, columns), one, choice = self.labels, self.weights, self.choice
        L, H = one.heads.shape[:2]
        return {
            **self.pair.plain(),
            "target_was_given": self.pair.is_forced,
            "kind": choice.kind,
            "measure": choice.measure,
            "level": choice.level,
            "layers": L,
            "heads": H,
            "best": None if choice.best is None else {"layer": choice.best[0] + 1, "head": choice.best[1] + 1},
            "rows": rows,
            "columns": columns,
            "may_attend": one.may_attend(choice.level).tolist(),
            "matrices": [self._matrix(layer, head) for layer, head in self.chosen],
            "unseen": None if one.unseen is None else one.unseen.tolist(),
            "caption": self.why,
        }

    def _matrix(self, layer: int | None, head: int | None) -> dict[str, Any]:
        matrix = self.weights.at(layer, head, self.choice.level)
        return {
            "layer": "mean" if layer is None else layer + 1,
            "head": "mean" if head is None else head + 1,
            "weights": matrix.tolist(),
            "percent": [percentages(row) for row in matrix],
            "row_maximum": [int(row.argmax()) for row in matrix],
            "entropy_bits": [float(h) for h in entropy(matrix)],
        }

    def table(self, number: int) -> Iterator[list[Any]]:
        """Rows of the CSV; all count from 1."""
        rows, columns = self.labels
        for layer, head in self.chosen:
            matrix = self.weights.at(layer, head, self.choice.level)
            place = [
                number,
                self.choice.kind,
                self.choice.measure,
                *("mean" if x is None else x + 1 for x in (layer, head)),
            ]
            for (i, j), weight in np.ndenumerate(matrix):
                yield [*place, i + 1, rows[i], j + 1, columns[j], f"{weight:.9g}"]

    def _checked(self, translator: Translator) -> tuple[list[str], dict[str, dict[str, Any]]]:
        """Broken laws, and the rank correlation of each measure with each way to leave a word out."""
        from translator.explain.occlusion import OCCLUSIONS, agreement, occlude
        from translator.explain.weights import MEASURES, check_laws

        raw, pair, choice = self.attention.weights("cross"), self.pair, self.choice
        found: dict[str, dict[str, Any]] = {}
        for how in OCCLUSIONS:
            ids, words = (pair.source_ids, pair.target_ids), (raw.columns.words, raw.rows.words)
            occlusion = occlude(translator.checkpoint.model, *ids, *words, how)
            found[how] = {
                measure: agreement(
                    self.attention.weights("cross", measure),
                    choice.layer,
                    None if measure == "rollout" else choice.head,
                    occlusion,
                )
                for measure in MEASURES
            }
        return check_laws(self.attention), found

    def check_plain(self, translator: Translator) -> dict[str, Any]:
        """What ``--check`` found, as plain data."""
        laws, found = self._checked(translator)
        rho = {how: {measure: value.rho for measure, value in by.items()} for how, by in found.items()}
        return {"check": {"broken_laws": laws, "spearman": rho}}

    def print_check(self, translator: Translator) -> None:
        """What ``--check`` found. Raises ``TranslatorError`` where a law is broken."""
        laws, found = self._checked(translator)
        told = laws or ["rows sum to 1, masked cells are 0, and q · kᵀ of the same pass gives the same weights"]
        lines = ["", *(f"{'BROKEN' if laws else 'ok'}: {line}" for line in told)]
        lines.append("rank correlation (Spearman's ρ) with the fall of ln p when a source word is taken away:")
        for how, by in found.items():
            values = "   ".join(f"{m} {'  n/a' if v.rho is None else f'{v.rho:+.2f}'}" for m, v in by.items())
            lines.append(f"  {how:<8} {values}")
        rows = max((v.rows for by in found.values() for v in by.values()), default=0)
        lines.append(f"mean over {rows} predicted words; +1 same order, 0 none; rollout: all heads")
        width = stdout().width
        for line in lines:
            parts = wrap(line.lstrip(), max(40, width) - 2) if len(line) > width else [line]
            show(*map(Text, parts))
        if laws:
            raise TranslatorError("the attention breaks its own laws", "the model or this program is at fault")


def attention_svg(shown: Sequence[Shown]) -> str:
    """All sentences as one SVG document, each with its picture."""
    parts, captions = [], []
    for one in shown:
        picture = one.picture
        captions += [visible(f"{one.pair.source} → {one.pair.target}"), *picture.notes]
        if isinstance(picture, Thumbnails):
            parts += thumbnails_svg(picture)
        elif one.choice.view == "links":
            parts.append(links_svg(picture))
        else:
            parts.append(heatmap_svg(picture, decimals=one.choice.view == "table"))
    last = shown[-1]
    scale = _SCALES.get(last.choice.view, "frame = row maximum · % of each row")
    a_row = last.weights.heads.shape[1] if last.choice.view == "grid" else 1
    return page(last.heading, parts, [*captions, f"{last.rows_are} · {scale} · {last.why}"], a_row=a_row)


def attention_csv(shown: Sequence[Shown]) -> str:
    """A line a weight; sentences, layers, heads, rows and columns count from 1."""
    return csv_text(_COLUMNS, (row for number, one in enumerate(shown, start=1) for row in one.table(number)))
