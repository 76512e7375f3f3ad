"""One attention head for one row, step by step: a panel a step, with the shapes, never wider than the terminal.

Long vectors show their first components and their norm; many columns show the heaviest, and say how much the rest
holds. Every number is read from :class:`translator.explain.stages.HeadStages`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from rich.panel import Panel
from rich.text import Text

from translator.commands.output import arrow
from translator.draw.language import figure, say, told
from translator.draw.text import BOLD, DIM, fit, joined, left, wrapped
from translator.explain.stages import HeadStages
from translator.text.subwords import Word

NARROWEST = 60  # below this many cells nothing can be laid out
_LABEL = 14
_NUMBER = 9  # "-1234.567"
_MOST_COLUMNS = 10  # tokens shown in one panel
_TERMS = 4  # of a dot product
_BAR = 16
_NAMES = {"cross": "cross-attention", "encoder": "encoder self-attention", "decoder": "masked self-attention"}

_Step = tuple[str, str, str, list[Text]]
"""A panel: its title, shapes, sentence and lines."""


def trace_panels(stages: HeadStages, row: int, width: int) -> list[Panel]:
    """Every step for token ``row`` of the queries, as panels ``width`` cells wide (60 at least)."""
    width = max(NARROWEST, width)
    view = _View(stages, row, width - 4)
    steps = (*_vectors(view), *_scores(view), *_weights(view), *_outputs(view))
    return [
        Panel(
            joined([*wrapped(say(sentence), width - 4), *([Text(), *lines] if lines else [])]),
            title=Text(fit(f"{number}  {say(title)}", width - 6), BOLD),
            title_align="left",
            subtitle=Text(fit(say(shape), width - 6), DIM),
            subtitle_align="right",
            width=width,
        )
        for number, (title, shape, sentence, lines) in enumerate(steps, start=1)
    ]


def trace_title(stages: HeadStages, word: Word, layers: int, direction: str, sentences: str, width: int) -> list[Text]:
    """Which head, which row, which pair: lines no wider than ``width``."""
    where = f"layer {stages.layer + 1}/{layers}  head {stages.head + 1}/{len(stages.contributions)}"
    row = f'row "{word.text}" ({"read" if stages.kind == "encoder" else "predicted"})'
    pieces = stages.queries.labels[word.start : word.stop]
    if len(pieces) > 1:
        row += f", the first of its {len(pieces)} pieces: {' '.join(pieces)}"
    title = told(f"{arrow(direction)}  {_NAMES[stages.kind]}  {where}  {row}")
    return [*wrapped(title, width, BOLD), *wrapped(sentences, width, BOLD)]


class _View:
    """One row of the stages: its vectors and columns as lines of ``room`` cells, the heaviest column in bold."""

    def __init__(self, stages: HeadStages, row: int, room: int) -> None:
        self.s, self.row, self.room = stages, row, room
        weights, self.labels = stages.weights[row], stages.keys.labels
        self.top = int(weights.argmax())
        self.shown = sorted(int(j) for j in np.argsort(-weights, kind="stable")[:_MOST_COLUMNS])
        hidden = sorted(set(range(len(weights))) - set(self.shown))
        share = weights[hidden].sum()
        held = "less than 0.01%" if share < 5e-5 else f"{share:.2%}"
        more = say(f"{len(hidden)} more tokens hold {held} of the weight")
        self.more = [Text(fit(more, room), DIM)] if hidden else []

    def style(self, column: int) -> str:
        return BOLD if column == self.top else ""

    def vectors(self, *rows: tuple[str, np.ndarray, str]) -> list[Text]:
        """Names, vectors and styles: the first components of each and its norm, under their numbers."""
        length = len(rows[0][1])
        count = max(1, min(length, (self.room - _LABEL - 2 - _NUMBER) // _NUMBER))
        dots = " …" if count < length else "  "
        head = "".join(f"{i + 1:>{_NUMBER}}" for i in range(count))
        lines = [Text(" " * _LABEL + head + dots + f"{say('norm'):>{_NUMBER}}", DIM)]
        for name, values, style in rows:
            numbers = "".join(map(_number, values[:count])) + dots + _number(float(np.linalg.norm(values)))
            lines.append(Text(left(name, _LABEL - 1) + " " + numbers, style))
        return lines

    def columns(self, values: np.ndarray) -> list[Text]:
        """A vector for each column that is shown."""
        return [*self.vectors(*((self.labels[j], values[j], self.style(j)) for j in self.shown)), *self.more]

    def table(self, names: list[str], cells: Callable[[int], Iterable[str]]) -> list[Text]:
        """Numbers for each column that is shown, the heaviest marked too."""
        lines = [Text(" " * _LABEL + "".join(f"{say(name):>13}" for name in names), DIM)]
        for j in self.shown:
            line = left(self.labels[j], _LABEL - 1) + " " + "".join(f"{cell:>13}" for cell in cells(j))
            lines.append(Text(line + (" ◂" if j == self.top else ""), self.style(j)))
        return [*lines, *self.more]

    def heads(self, name: str, values: np.ndarray) -> list[tuple[str, np.ndarray, str]]:
        """A vector for each head, this one in bold."""
        return [(say(name.format(h + 1)), value, BOLD if h == self.s.head else "") for h, value in enumerate(values)]


def _vectors(v: _View) -> Iterator[_Step]:
    """From the embedding to queries, keys and values."""
    s, row = v.s, v.row
    (S, D), E, word = s.memory.shape, s.q.shape[1], s.queries.labels[row]
    reads, place = f'"{s.queries.read[row]}"', f"position {row}"
    where = f"The encoder reads {reads} at {place}."
    if s.kind != "encoder":
        where = f'"{word}" is predicted where the decoder reads {reads}, {place}.'
    yield (
        "Embedding + position",
        f"({D}) + ({D}) = ({D})",
        f"{where} What enters the model is the embedding of that token times √{D}, plus the vector of its position.",
        v.vectors(
            (f"√{D} · embed.", s.queries.embedding[row], ""),
            (say("+ position"), s.queries.position[row], ""),
            (say("= sum"), s.queries.summed[row], BOLD),
        ),
    )
    before = {"cross": 3 * s.layer + 1, "encoder": 2 * s.layer, "decoder": 3 * s.layer}[s.kind]
    grown = {0: "which is still that sum", 1: "that sum plus what one sub-layer added to it"}.get(
        before, f"that sum plus what {before} sub-layers added to it"
    )
    yield (
        "Layer norm",
        f"({D}) → ({D})",
        f"The residual stream, {grown}, is brought to mean 0 and variance 1, then to a learned gain and bias: x.",
        v.vectors((say("residual"), s.residual[row], ""), ("x", s.normed[row], BOLD)),
    )
    yield (
        "Query  q = x · W_Q + b_Q",
        f"({D}) · ({D}, {E}) + ({E}) = ({E})",
        f"The query says, in {E} numbers, what this row looks for.",
        v.vectors((word, s.q[row], BOLD)),
    )
    made_from = {"cross": "the encoder's output for each source token", "encoder": "x of each token"}.get(
        s.kind, "x of each target token read so far"
    )
    given, shape = "memory" if s.kind == "cross" else "X", f"({S}, {D}) · ({D}, {E}) + ({E}) = ({S}, {E})"
    told = f"Keys are made from {made_from}: what a query can find it by."
    yield f"Keys  K = {given} · W_K + b_K", shape, told, v.columns(s.k)
    told = f"Values are made from {made_from} too: what it hands over where it is attended to."
    yield f"Values  V = {given} · W_V + b_V", shape, told, v.columns(s.v)


def _scores(v: _View) -> Iterator[_Step]:
    """The dot product term by term, scale and mask."""
    s, row, labels = v.s, v.row, v.labels
    q, k, E = s.q[row], s.k[v.top], s.q.shape[1]
    terms = min(_TERMS, E)
    lines = [Text(f"{i + 1:>4}   {_number(q[i])} ×{_number(k[i])}  = {_number(q[i] * k[i])}") for i in range(terms)]
    if rest := E - terms:
        lines.append(Text(f"{say(f'… {rest} more terms'):<29} = {_number(float((q[terms:] * k[terms:]).sum()))}"))
    lines.append(Text(f"{say('sum: the score'):<29} = {_number(s.scores[row, v.top])}", BOLD))
    yield (
        "Dot product  q · k, term by term",
        f"({E}) · ({E}) = one score",
        f'The score of "{labels[v.top]}", the heaviest column: component times component, summed. It is large where '
        "query and key point the same way.",
        lines,
    )
    yield (
        f"Scale  1/√{E} = {s.scale:.6g}",
        f"({len(labels)}) · {s.scale:.6g}",
        f"Every score is divided by √d_head = √{E} = {math.sqrt(E):.6g}: a sum of {E} terms grows with √{E}, and "
        "without the scale softmax would be nearer to all or nothing.",
        v.table(["q · k", "scaled"], lambda j: [_number(s.scores[row, j]), _number(s.scaled[row, j])]),
    )
    count, allowed = len(labels), int(s.mask[row].sum())
    sentence, lines = "Nothing is masked: a sentence on its own has no padding, and all of the source may be seen.", []
    if s.kind == "decoder":
        sentence = "A position attends to itself and to what was read before it; what comes later gets -inf."
        lines = [Text(fit(say(f'{allowed} of {count} may be attended to: the first, up to "{labels[row]}"'), v.room))]
        if allowed < count:
            lines.append(Text(fit(say(f"masked: {' '.join(labels[row + 1 :])}"), v.room)))
    yield "Mask", f"({count}), {allowed} may be attended to", sentence, lines


def _weights(v: _View) -> Iterator[_Step]:
    """Softmax, and each value times its weight."""
    s, row = v.s, v.row
    masked, weights = s.masked[row], s.weights[row]
    raised = np.exp(masked - masked.max())
    has_bar = v.room - _LABEL - 3 * 13 - 4 >= _BAR

    def cells(j: int) -> list[str]:
        score = _number(masked[j]) if s.mask[row, j] else "-inf"
        drawn = [f"  {'█' * round(weights[j] * _BAR):<{_BAR}}"] if has_bar else []
        return [score, figure(f"{raised[j]:.6f}"), figure(f"{weights[j]:.6f}"), *drawn]

    total = f"{say('sum'):<{_LABEL}}{'':13}{figure(f'{raised.sum():13.6f}{weights.sum():13.6f}')}"
    yield (
        "Softmax",
        f"({len(weights)}) → ({len(weights)}), sum 1",
        f"e to the power of each score less the largest, divided by their sum, {raised.sum():.6f}: the attention "
        "weights of this row.",
        [*v.table(["score", "e^(s - max)", "weight"], cells), Text(total, BOLD)],
    )
    S, E = s.v.shape
    shape = f"({S}, 1) × ({S}, {E}) = ({S}, {E})"
    yield "Weighted values", shape, "Each value times its weight.", v.columns(s.weighted_values[row])


def _outputs(v: _View) -> Iterator[_Step]:
    """What the head found, what W_O makes of it, and the residual stream after it."""
    s, row = v.s, v.row
    D, E, H, head = s.residual.shape[1], s.q.shape[1], len(s.contributions), s.head + 1
    yield (
        "Head output",
        f"Σ over {len(v.labels)} tokens = ({E}); {H} heads joined ({D})",
        f"The sum of the weighted values is what head {head} found; with the other heads beside it, it is "
        f"components {s.head * E + 1} to {head * E} of {D}.",
        v.vectors(*v.heads("head {}", s.concatenated[row].reshape(H, E))),
    )
    each = v.heads("head {} · W_O", s.contributions[:, row])
    yield (
        "Output  W_O",
        f"{H} × ({E}) · ({E}, {D}) + ({D}) = ({D})",
        "W_O turns each head's output back to the width of the stream; their sum and the bias are what the attention "
        "module gives: Δ.",
        v.vectors(*each, (say("+ bias"), s.output_bias, ""), ("= Δ", s.delta[row], BOLD)),
    )
    old, delta, new = s.residual[row], s.delta[row], s.new_residual[row]
    share = np.linalg.norm(delta) / max(float(np.linalg.norm(old)), 1e-30)
    yield (
        "Residual  old + Δ = new",
        f"({D}) + ({D}) = ({D})",
        f"Δ is added to the stream. Its norm is {share:.1%} of the old stream's; head {head}'s own part has norm "
        f"{np.linalg.norm(s.contribution[row]):.3f}.",
        v.vectors((say("old"), old, ""), ("+ Δ", delta, ""), (say("= new"), new, BOLD)),
    )


def _number(value: float) -> str:
    """Nine cells, three decimals where they fit; no minus before a zero."""
    text = f"{value:9.3f}" if abs(value) < 9999.5 else f"{value:9.2e}"
    return figure(text if float(text) else f"{0:9.3f}")
