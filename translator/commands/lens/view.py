"""The logit lens and the next-piece distribution as text: digits, bars and brackets, no colour needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from translator.draw.heatmap import framed
from translator.draw.language import say
from translator.draw.text import BOLD, DIM, bar, left, percent, wrapped
from translator.explain.geometry import entropy
from translator.explain.lens import Lens, NextPiece
from translator.text.subwords import Word

_WIDEST_PIECE = 12
_NARROWEST = 40  # cells
_WIDEST_BAR = 40
_GLASS = (
    "every layer is read through the final layer norm, learned for the last layer only: what it would predict if it "
    "were the last"
)


def stages_shown(lens: Lens, *, sublayers: bool) -> list[int]:
    """Indices of the stages to show: the embedding and each whole layer, or every sub-layer."""
    return [i for i, stage in enumerate(lens.stages) if sublayers or stage.ends_layer]


def lens_grid(lens: Lens, shown: Sequence[int], width: int) -> Text:
    """Every step of the translation, the most probable piece of each stage, in ``width`` cells (40 at least)."""
    width = max(_NARROWEST, width)
    reads, predicts = (min(_WIDEST_PIECE - 3, max(map(cell_len, names))) for names in (lens.read, lens.predicted))
    steps = range(len(lens.ids))
    ranks = {i: [lens.chosen(i, step)[0] for step in steps] for i in shown}
    digits = len(f"#{max(map(max, ranks.values()))}")
    label = reads + predicts + 5  # "reads → predicts │"
    around = 7 + digits  # "[piece 98 #123]" without the piece
    a_row = max(1, (width - label) // (around + 6))
    lines: list[Text] = []
    for begin in range(0, len(shown), a_row):
        part = shown[begin : begin + a_row]
        piece = min(_WIDEST_PIECE, (width - label) // len(part) - around)
        head = "".join(left(f" {_name(lens, i)}", around + piece) for i in part)
        lines.append(Text(" " * label + head, DIM))
        for step in steps:
            line = Text(f"{left(lens.read[step], reads)} → {left(lens.predicted[step], predicts)} │")
            for i in part:
                best, rank = lens.top(i, step, 1)[0], ranks[i][step]
                place = "" if rank == 1 else f"#{rank}"
                inner = f"{left(best.piece, piece)} {round(best.p * 100):>3} {place:<{digits}}"
                line.append(_bracketed(inner, rank == 1), BOLD if rank == 1 else "")
            lines.append(line)
    caption = (
        "piece read → piece predicted; after each layer the most probable piece and its probability in % · [ ] = the "
        f"piece finally chosen, #n = its rank otherwise, of {len(lens.pieces):,} · {_GLASS}"
    )
    return framed("", lines, [caption], width)


def lens_word(lens: Lens, word: Word, shown: Sequence[int], top: int, width: int) -> Text:
    """The steps that predict one word, stage by stage, ``top`` pieces each, in ``width`` cells (40 at least)."""
    width = max(_NARROWEST, width)
    lines: list[Text] = []
    for step in range(word.start, word.stop):
        pieces = word.stop - word.start
        which = f", piece {step - word.start + 1} of {pieces}" if pieces > 1 else ""
        head = f'"{word.text}"{which}: reads {lens.read[step]}, predicts {lens.predicted[step]}'
        lines += [Text(), *wrapped(say(head), width, BOLD)]
        for i in shown:
            rank, p = lens.chosen(i, step)
            best = list(enumerate(lens.top(i, step, top), start=1))
            lines.append(Text(_name(lens, i), DIM))
            lines += [_ranked(r, c.piece, c.p, c.id == lens.ids[step], width) for r, c in best]
            if rank > top:
                lines.append(_ranked(rank, lens.predicted[step], p, True, width))
    caption = f"[ ] = the piece finally chosen, with its rank of {len(lens.pieces):,} · {_GLASS}"
    return framed("", lines[1:], [caption], width)


def _name(lens: Lens, index: int) -> str:
    stage = lens.stages[index]
    if stage.part == "embedding":
        return say("embedding")
    if not stage.ends_layer:
        return f"{stage.layer} {say(stage.part)}"
    return say(f"layer {stage.layer} = the model" if stage == lens.stages[-1] else f"layer {stage.layer}")


def _bracketed(text: str, is_chosen: bool) -> str:
    return f"[{text}]" if is_chosen else f" {text} "


def _ranked(rank: int, piece: str, p: float, is_chosen: bool, width: int) -> Text:
    named = _bracketed(left(piece, _WIDEST_PIECE), is_chosen)
    line = Text(f"{rank:>5} {named}{percent(p)} ", BOLD if is_chosen else "")
    return line.append(bar(p, max(4, min(_WIDEST_BAR, width - cell_len(line.plain)))).rstrip(), "bar")


def next_view(found: NextPiece, top: int, temperature: float | None, width: int) -> Text:
    """The ``top`` most probable next pieces as bars, at one temperature or two, in ``width`` cells (40 at least)."""
    width = max(_NARROWEST, width)
    best = found.top(top)
    temperatures = [1.0] if temperature is None else [1.0, temperature]
    spread = [found.probabilities(t) for t in temperatures]
    place = len(str(len(best))) + 1
    name = min(_WIDEST_PIECE + 4, max(cell_len(c.piece) for c in best))
    wide = max(2, min(_WIDEST_BAR, (width - place - name - 4) // len(temperatures) - 10))
    lines = wrapped(say(f"after: {' '.join(['<s>', *found.read])}"), width)
    if temperature is not None:
        heads = "".join(left("  " + say(f"temperature {t:g}"), wide + 10) for t in temperatures)
        lines.append(Text(left(" " * (place + name + 3) + heads, width).rstrip(), DIM))
    for rank, candidate in enumerate(best, start=1):
        is_greedy = candidate.id == found.greedy
        style = BOLD if is_greedy else ""
        line = Text(f"{rank:>{place}} {_bracketed(left(candidate.piece, name), is_greedy)}", style)
        for p in spread:
            line.append(percent(float(p[candidate.id])) + " ", style)
            line.append(bar(float(p[candidate.id]), wide) + " ", "bar")
        line.rstrip()
        lines.append(line)
    notes, ids, count = [], [c.id for c in best], len(found.pieces)
    for t, p in zip(temperatures, spread, strict=True):
        at = f"temperature {t:g} · " if len(temperatures) > 1 else ""
        rest = percent(max(0.0, 1.0 - float(p[ids].sum()))).strip()
        notes.append(f"{at}the other {count - len(ids):,} share {rest} · entropy {entropy(p):.2f} bits")
    key = f"[ ] = greedy search takes it · entropy: 0 bits = certain, {math.log2(count):.2f} = all {count:,} alike"
    if temperature is not None:
        key += " · softmax(z / T): above 1 the shares come closer together, below 1 the first takes more"
    return framed("", lines, [*notes, key], width)


def lens_plain(lens: Lens, shown: Sequence[int], top: int, word: Word | None) -> dict[str, Any]:
    """Every stage of every step, or of the steps that predict one word, as plain data."""
    names = {step: w.text for w in lens.words for step in range(w.start, w.stop)}

    def at(stage: int, step: int) -> dict[str, Any]:
        best = [c._asdict() for c in lens.top(stage, step, top)]
        return lens.stages[stage]._asdict() | {
            "top": best,
            "chosen": dict(zip(("rank", "p"), lens.chosen(stage, step), strict=True)),
        }

    return {
        "steps": [
            {
                "step": step,
                "word": names.get(step),
                "reads": lens.read[step],
                "predicts": lens.predicted[step],
                "id": lens.ids[step],
                "stages": [at(stage, step) for stage in shown],
            }
            for step in (range(len(lens.ids)) if word is None else range(word.start, word.stop))
        ]
    }


def next_plain(found: NextPiece, top: int, temperature: float | None) -> dict[str, Any]:
    """The distribution's head, what is left, and its entropy in bits, as plain data."""

    def at(t: float) -> dict[str, Any]:
        best, bits = found.top(top, t), float(entropy(found.probabilities(t)))
        rest = max(0.0, 1.0 - math.fsum(c.p for c in best))
        return {"temperature": t, "top": [c._asdict() for c in best], "rest": rest, "entropy_bits": bits}

    return {
        "prefix_pieces": found.read,
        "vocabulary": len(found.pieces),
        "greedy": found.pieces[found.greedy],
        "distributions": [at(t) for t in ([1.0] if temperature is None else [1.0, temperature])],
    }
