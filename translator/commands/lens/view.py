"""The logit lens and the next-piece distribution as text: digits, bars and brackets, no colour needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from translator.draw.heatmap import framed
from translator.draw.text import BOLD, DIM, bar, left, percent, wrapped
from translator.explain.geometry import entropy
from translator.explain.lens import Lens, NextPiece
from translator.explain.reading import Stage
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
    reads = min(_WIDEST_PIECE - 3, max(map(cell_len, lens.read)))
    predicts = min(_WIDEST_PIECE - 3, max(map(cell_len, lens.predicted)))
    steps = range(len(lens.ids))
    ranks = [[lens.chosen(i, step)[0] for step in steps] for i in shown]
    digits = len(f"#{max(max(row) for row in ranks)}")
    label = reads + predicts + 5  # "reads → predicts │"
    smallest = 6 + 5 + digits + 2  # "[▁piece 98 #123]"
    a_row = max(1, (width - label) // smallest)
    lines: list[Text] = []
    for begin in range(0, len(shown), a_row):
        part = range(begin, min(begin + a_row, len(shown)))
        piece = min(_WIDEST_PIECE, (width - label) // len(part) - smallest + 6)
        cell = smallest - 6 + piece
        head = " " * (label - 1) + " "
        lines.append(Text(head + "".join(left(f" {_name(lens.stages[shown[k]], lens)}", cell) for k in part), DIM))
        for step in steps:
            line = Text(f"{left(lens.read[step], reads)} → {left(lens.predicted[step], predicts)} │")
            for k in part:
                best = lens.top(shown[k], step, 1)[0]
                rank = ranks[k][step]
                is_it = rank == 1
                inner = f"{left(best.piece, piece)} {round(best.p * 100):>3} {'' if is_it else f'#{rank}':<{digits}}"
                line.append(f"[{inner}]" if is_it else f" {inner} ", BOLD if is_it else "")
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
    for number, step in enumerate(range(word.start, word.stop), start=1):
        pieces = word.stop - word.start
        which = f", piece {number} of {pieces}" if pieces > 1 else ""
        head = f'"{word.text}"{which}: reads {lens.read[step]}, predicts {lens.predicted[step]}'
        lines += [Text(), *wrapped(head, width, BOLD)]
        for i in shown:
            rank, p = lens.chosen(i, step)
            lines.append(Text(f"{_name(lens.stages[i], lens)}", DIM))
            lines += [
                _ranked(r, c.piece, c.p, c.id == lens.ids[step], width)
                for r, c in enumerate(lens.top(i, step, top), start=1)
            ]
            if rank > top:
                lines.append(_ranked(rank, lens.predicted[step], p, True, width))
    caption = f"[ ] = the piece finally chosen, with its rank of {len(lens.pieces):,} · {_GLASS}"
    return framed("", lines[1:], [caption], width)


def _name(stage: Stage, lens: Lens) -> str:
    if stage.part == "embedding":
        return "embedding"
    is_last = stage == lens.stages[-1]
    if stage.ends_layer:
        return f"layer {stage.layer}" + (" = the model" if is_last else "")
    return f"{stage.layer} {stage.part}"


def _ranked(rank: int, piece: str, p: float, is_chosen: bool, width: int) -> Text:
    name = left(piece, _WIDEST_PIECE)
    begin, end = ("[", "]") if is_chosen else (" ", " ")
    line = Text(f"{rank:>5} {begin}{name}{end}{percent(p)} ", BOLD if is_chosen else "")
    return line.append(bar(p, max(4, min(_WIDEST_BAR, width - cell_len(line.plain)))).rstrip(), "bar")


def next_view(found: NextPiece, top: int, temperature: float | None, width: int) -> Text:
    """The ``top`` most probable next pieces as bars, at one temperature or two, in ``width`` cells (40 at least)."""
    width = max(_NARROWEST, width)
    best = found.top(top)
    temperatures = [1.0] if temperature is None else [1.0, temperature]
    spread = [found.probabilities(t) for t in temperatures]
    place = len(str(len(best))) + 1
    name = min(_WIDEST_PIECE + 4, max(cell_len(c.piece) for c in best))
    room = (width - place - name - 4) // len(temperatures)
    wide = max(2, min(_WIDEST_BAR, room - 10))
    lines = wrapped("after: " + " ".join(["<s>", *found.read]), width)
    if temperature is not None:
        heads = "".join(left(f"  temperature {t:g}", wide + 10) for t in temperatures)
        lines.append(Text(left(" " * (place + name + 3) + heads, width).rstrip(), DIM))
    for rank, candidate in enumerate(best, start=1):
        is_greedy = candidate.id == found.greedy
        begin, end = ("[", "]") if is_greedy else (" ", " ")
        style = BOLD if is_greedy else ""
        line = Text(f"{rank:>{place}} {begin}{left(candidate.piece, name)}{end}", style)
        for p in spread:
            line.append(percent(float(p[candidate.id])) + " ", style)
            line.append(bar(float(p[candidate.id]), wide) + " ", "bar")
        line.rstrip()
        lines.append(line)
    return framed("", lines, _next_notes(found, len(best), temperatures, spread), width)


def _next_notes(found: NextPiece, shown: int, temperatures: Sequence[float], spread: Sequence[np.ndarray]) -> list[str]:
    ids = [c.id for c in found.top(shown)]
    more = len(found.pieces) - len(ids)
    lines: list[str] = []
    for t, p in zip(temperatures, spread, strict=True):
        at = f"temperature {t:g}: " if len(temperatures) > 1 else ""
        rest = percent(max(0.0, 1.0 - float(p[ids].sum()))).strip()
        lines.append(f"{at}the other {more:,} share {rest}; entropy {entropy(p):.2f} bits")
    even = math.log2(len(found.pieces))
    notes = f"[ ] = greedy search takes it · entropy: 0 bits = certain, {even:.2f} = all {len(found.pieces):,} alike"
    if len(temperatures) > 1:
        notes += " · softmax(z / T): above 1 the shares come closer together, below 1 the first takes more"
    return [*lines, notes]


def lens_plain(lens: Lens, shown: Sequence[int], top: int, word: Word | None) -> dict[str, Any]:
    """Every stage of every step, or of the steps that predict one word, as plain data."""
    steps = range(len(lens.ids)) if word is None else range(word.start, word.stop)
    names = {step: w.text for w in lens.words for step in range(w.start, w.stop)}
    return {
        "steps": [
            {
                "step": step,
                "word": names.get(step),
                "reads": lens.read[step],
                "predicts": lens.predicted[step],
                "id": lens.ids[step],
                "stages": [_stage_plain(lens, i, step, top) for i in shown],
            }
            for step in steps
        ]
    }


def _stage_plain(lens: Lens, stage: int, step: int, top: int) -> dict[str, Any]:
    rank, p = lens.chosen(stage, step)
    return {
        "layer": lens.stages[stage].layer,
        "part": lens.stages[stage].part,
        "top": [c._asdict() for c in lens.top(stage, step, top)],
        "chosen": {"rank": rank, "p": p},
    }


def next_plain(found: NextPiece, top: int, temperature: float | None) -> dict[str, Any]:
    """The distribution's head, what is left, and its entropy in bits, as plain data."""

    def at(t: float) -> dict[str, Any]:
        p = found.probabilities(t)
        best = found.top(top, t)
        rest = max(0.0, 1.0 - math.fsum(c.p for c in best))
        return {"temperature": t, "top": [c._asdict() for c in best], "rest": rest, "entropy_bits": float(entropy(p))}

    return {
        "prefix_pieces": found.read,
        "vocabulary": len(found.pieces),
        "greedy": found.pieces[found.greedy],
        "distributions": [at(t) for t in ([1.0] if temperature is None else [1.0, temperature])],
    }
