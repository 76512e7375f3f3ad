"""What ``translator attend`` prints and writes, once it is known which weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from translator.commands.console import stdout
from translator.commands.pairs import SentencePair
from translator.errors import TranslatorError

if TYPE_CHECKING:
    from translator.explain.weights import Kind, Level, Measure, PairAttention, Weights
    from translator.translation import Translator

__all__ = ["AttendChoice", "attend_plain", "check_plain", "print_attention", "print_check", "write_csv", "write_svg"]


@dataclass(frozen=True)
class AttendChoice:
    """What is shown; layer and head count from 0, ``None`` = the mean."""

    kind: Kind
    layer: int | None
    head: int | None
    view: str
    level: Level
    measure: Measure
    best: tuple[int, int] | None  # for cross-attention, where the model's alignments were measured
    which: str  # the layer and head in words


_NAMES = {"cross": "cross-attention", "encoder": "encoder self-attention", "decoder": "decoder self-attention"}
_ROWS = {"cross": "rows = predicted word", "encoder": "rows = word read", "decoder": "rows = predicted word"}
_WHY = {
    "cross": "where the decoder looked, not why it chose the word",
    "encoder": "where the encoder looked as it read each word, not what it understood",
    "decoder": "where the decoder looked back as it predicted each word, not why it chose it; columns = words read",
}
_MEASURES = {"raw": "", "norm": "  by norm ‖α·f(x)‖", "rollout": "  rollout"}


def _title(pair: SentencePair, choice: AttendChoice) -> str:
    which = "all layers and heads" if choice.view == "grid" else choice.which
    arrow = pair.direction.upper().replace("-", "→")
    rows = _ROWS[choice.kind].replace("word", choice.level)
    return f"{arrow}  {_NAMES[choice.kind]}{_MEASURES[choice.measure]}  {which}  {rows}"


def _caption(choice: AttendChoice) -> str:
    from translator.draw.heatmap import KEY

    masked = " · × = masked: may not look ahead" if choice.kind == "decoder" else ""
    key = KEY.replace("% of each row", "shares of each row, 1 in all") if choice.view == "table" else KEY
    return f"{key}{masked} · {_why(choice)}"


def _why(choice: AttendChoice) -> str:
    return _WHY[choice.kind].replace("word", choice.level) if choice.level == "token" else _WHY[choice.kind]


def _notes(one: Weights, choice: AttendChoice) -> list[str]:
    """How much lies where no reader looks for meaning: tag, ends and punctuation."""
    from translator.commands.attend.view import percent

    matrix = one.at(None if choice.view == "grid" else choice.layer, choice.head, "word")
    words = [word.text for word in one.columns.words]
    sinks = [j for j, word in enumerate(words) if _is_sink(j, word, one)]
    names = " ".join(dict.fromkeys(_shown(words[j], {}) for j in sinks))
    notes = [f"{percent(float(matrix[:, sinks].sum(axis=1).mean()))} of all weight lies on {names}"] if sinks else []
    if one.unseen is not None:
        share = one.unseen[-1 if choice.layer is None else choice.layer].mean()
        notes.append(
            f"not in the picture: {percent(float(share))} of the rollout ends in the target words already read"
        )
    return notes


def _is_sink(index: int, word: str, one: Weights) -> bool:
    """The tag or ``<s>`` that opens the columns, ``</s>`` that ends them, punctuation between."""
    is_last = one.kind != "decoder" and index == len(one.columns.words) - 1
    return index == 0 or is_last or not any(c.isalnum() for c in word)


def _shown(name: str, slots: Mapping[str, str]) -> str:
    """A label without what moves a cursor, a slot by what stands there; one with nothing to see gets a mark."""
    from translator.text.normalise import visible
    from translator.text.slots import fill, slots_in

    return visible(fill(name, {slot: slots.get(slot, "□") for slot in slots_in(name)})).strip() or "·"


def _labels(pair: SentencePair, one: Weights, choice: AttendChoice) -> tuple[list[str], list[str]]:
    rows, columns = ([_shown(name, pair.slots) for name in names] for names in one.labels(choice.level))
    return rows, columns


def _picture(pair: SentencePair, one: Weights, choice: AttendChoice) -> Any:
    """What a view draws: a ``Heatmap``, or ``Thumbnails`` for the grid."""
    from translator.commands.attend.view import Thumbnails
    from translator.draw.heatmap import Heatmap

    rows, columns = _labels(pair, one, choice)
    if choice.view == "grid":
        L, H = one.heads.shape[:2]
        import numpy as np

        def name(l: int, h: int) -> str:
            star = " ★" if (l, h) == choice.best and choice.measure != "rollout" else ""
            return (f"layer {l + 1} head {h + 1}" if choice.measure != "rollout" else f"layer {l + 1}") + star

        stack = np.stack([[one.at(l, h, choice.level) for h in range(H)] for l in range(L)])
        starred = "★ aligns words best on dev · " if choice.best and choice.measure != "rollout" else ""
        every = [[name(l, h) for h in range(H)] for l in range(L)]
        sides = [f"rows: {' '.join(rows)}", f"columns: {' '.join(columns)}"]
        return Thumbnails(_title(pair, choice), stack, every, starred + _why(choice), [*sides, *_notes(one, choice)])
    return Heatmap(
        _title(pair, choice),
        rows,
        columns,
        one.at(choice.layer, choice.head, choice.level),
        _caption(choice),
        one.may_attend(choice.level),
        _notes(one, choice),
    )


def print_attention(pair: SentencePair, one: Weights, choice: AttendChoice, *, blank: bool) -> None:
    """The sentence, its translation and the picture; ``blank`` sets a line before it."""

    from rich.text import Text

    from translator.commands.attend.view import links_text, thumbnails
    from translator.draw.cosines import wrap
    from translator.draw.heatmap import heatmap, number_table
    from translator.text.normalise import visible

    console = stdout()
    if blank:
        console.print()
    width = max(40, console.width)
    for line in (visible(pair.source), visible(f"→ {pair.target}")):
        for part in wrap(line, width):
            console.print(Text(part))
    console.print()
    draw: Any = {"heat": heatmap, "table": number_table, "links": links_text, "grid": thumbnails}[choice.view]
    console.print(draw(_picture(pair, one, choice), width), no_wrap=True, crop=False)


def write_svg(file: TextIO, pairs: list[SentencePair], shown: list[Weights], choice: AttendChoice) -> None:
    """All sentences as one SVG document, each with its picture."""

    from translator.commands.attend.picture import heat_block, links_block, page_svg, thumbnail_blocks
    from translator.text.normalise import visible

    blocks, captions = [], []
    title = rows = ""
    for pair, one in zip(pairs, shown, strict=True):
        picture = _picture(pair, one, choice)
        title, _, rows = picture.title.rpartition("  ")
        captions += [visible(f"{pair.source} → {pair.target}"), *picture.notes]
        if choice.view == "grid":
            blocks += thumbnail_blocks(picture)
        elif choice.view == "links":
            blocks.append(links_block(picture))
        else:
            blocks.append(heat_block(picture, decimals=choice.view == "table"))
    scale = "darker = more of the row" if choice.view == "grid" else "frame = row maximum · % of each row"
    if choice.view == "links":
        scale = "above: looked at · below: rows · wider = more of the row · links under 10 % not drawn"
    a_row = shown[0].heads.shape[1] if choice.view == "grid" else 1
    file.write(page_svg(title, blocks, [*captions, f"{rows} · {scale} · {_why(choice)}"], a_row=a_row))


def write_csv(file: TextIO, pairs: list[SentencePair], shown: list[Weights], choice: AttendChoice) -> None:
    """A line a weight; sentences, layers, heads, rows and columns count from 1."""
    import csv

    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(
        [*("sentence", "kind", "weights", "layer", "head"), *("row", "row_label", "column", "column_label", "weight")]
    )
    for number, (pair, one) in enumerate(zip(pairs, shown, strict=True), start=1):
        rows, columns = _labels(pair, one, choice)
        for layer, head in _chosen(one, choice):
            matrix = one.at(layer, head, choice.level)
            place = ["mean" if x is None else x + 1 for x in (layer, head)]
            for i, row in enumerate(rows):
                for j, column in enumerate(columns):
                    cell = f"{matrix[i, j]:.9g}"
                    writer.writerow([number, choice.kind, choice.measure, *place, i + 1, row, j + 1, column, cell])


def _chosen(one: Weights, choice: AttendChoice) -> list[tuple[int | None, int | None]]:
    """Layers and heads that the view shows."""
    if choice.view != "grid":
        return [(choice.layer, choice.head)]
    L, H = one.heads.shape[:2]
    return [(l, None if choice.measure == "rollout" else h) for l in range(L) for h in range(H)]


def attend_plain(pair: SentencePair, one: Weights, choice: AttendChoice) -> dict[str, Any]:
    """One sentence as plain data. Layers and heads count from 1, rows and columns from 0."""
    from translator.draw.heatmap import percentages
    from translator.explain.geometry import entropy

    rows, columns = _labels(pair, one, choice)
    matrices = []
    for layer, head in _chosen(one, choice):
        matrix = one.at(layer, head, choice.level)
        matrices.append(
            {
                "layer": "mean" if layer is None else layer + 1,
                "head": "mean" if head is None else head + 1,
                "weights": matrix.tolist(),
                "percent": [percentages(row) for row in matrix],
                "row_maximum": [int(row.argmax()) for row in matrix],
                "entropy_bits": [float(h) for h in entropy(matrix)],
            }
        )
    L, H = one.heads.shape[:2]
    best = None if choice.best is None else {"layer": choice.best[0] + 1, "head": choice.best[1] + 1}
    return {
        "source": pair.source,
        "target": pair.target,
        "direction": pair.direction,
        "target_was_given": pair.is_forced,
        "kind": choice.kind,
        "measure": choice.measure,
        "level": choice.level,
        "layers": L,
        "heads": H,
        "best": best,
        "rows": rows,
        "columns": columns,
        "may_attend": one.may_attend(choice.level).tolist(),
        "matrices": matrices,
        "unseen": None if one.unseen is None else one.unseen.tolist(),
        "caption": _why(choice),
    }


def _checked(
    translator: Translator, pair: SentencePair, attention: PairAttention, choice: AttendChoice
) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Broken laws, and the rank correlation of each measure with each way to leave a word out."""
    from translator.explain.occlusion import OCCLUSIONS, agreement, occlude
    from translator.explain.weights import MEASURES, check_laws

    raw = attention.weights("cross")
    found: dict[str, dict[str, Any]] = {}
    for how in OCCLUSIONS:
        occlusion = occlude(
            translator.checkpoint.model, pair.source_ids, pair.target_ids, raw.columns.words, raw.rows.words, how
        )
        found[how] = {}
        for measure in MEASURES:
            head = None if measure == "rollout" else choice.head
            found[how][measure] = agreement(attention.weights("cross", measure), choice.layer, head, occlusion)
    return check_laws(attention), found


def check_plain(
    translator: Translator, pair: SentencePair, attention: PairAttention, choice: AttendChoice
) -> dict[str, Any]:
    """What ``--check`` found, as plain data."""

    laws, found = _checked(translator, pair, attention, choice)
    rho = {how: {measure: value.rho for measure, value in by.items()} for how, by in found.items()}
    return {"check": {"broken_laws": laws, "spearman": rho}}


def print_check(translator: Translator, pair: SentencePair, attention: PairAttention, choice: AttendChoice) -> None:
    """What ``--check`` found. Raises ``TranslatorError`` where a law is broken."""

    from rich.text import Text

    from translator.draw.cosines import wrap

    laws, found = _checked(translator, pair, attention, choice)
    console = stdout()
    told = laws or ["rows sum to 1, masked cells are 0, and q · kᵀ of the same pass gives the same weights"]
    lines = ["", *(f"{'BROKEN' if laws else 'ok'}: {line}" for line in told)]
    lines.append("rank correlation (Spearman's ρ) with the fall of ln p when a source word is taken away:")
    rows = 0
    for how, by in found.items():
        values = "   ".join(f"{m} {'  n/a' if v.rho is None else f'{v.rho:+.2f}'}" for m, v in by.items())
        rows = max(v.rows for v in by.values())
        lines.append(f"  {how:<8} {values}")
    lines.append(f"mean over {rows} predicted words; +1 same order, 0 none; rollout: all heads")
    for line in lines:
        for part in wrap(line.lstrip(), max(40, console.width) - 2) if len(line) > console.width else [line]:
            console.print(Text(part))
    if laws:
        raise TranslatorError("the attention breaks its own laws", "the model or this program is at fault")
