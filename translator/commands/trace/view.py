"""One attention head for one row, step by step: a panel a step, with the shapes, never wider than the terminal.

Long vectors show their first components and their norm; many columns show the heaviest, and say how much the rest
holds. Every number is read from :class:`translator.explain.stages.HeadStages`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rich.panel import Panel
from rich.text import Text

from translator.commands.output import arrow
from translator.draw.text import BOLD, DIM, fit, joined, left, wrapped
from translator.explain.stages import HeadStages
from translator.text.subwords import Word

NARROWEST = 60  # below this many cells nothing can be laid out
_LABEL = 14
_NUMBER = 9  # "-1234.567"
_MOST_COLUMNS = 10  # tokens shown in one panel
_TERMS = 4  # of a dot product
_BAR = 16


_Step = tuple[str, str, str, list[Text]]
"""A panel: its title, shapes, sentence and lines."""


def trace_panels(stages: HeadStages, row: int, width: int) -> list[Panel]:
    """Every step for token ``row`` of the queries, as panels ``width`` cells wide (60 at least)."""
    width = max(NARROWEST, width)
    view = _View(stages, row, width - 4)
    panels = []
    for number, (title, shape, sentence, lines) in enumerate(
        (*_vectors(view), *_scores(view), *_weights(view), *_outputs(view)), start=1
    ):
        panels.append(
            Panel(
                joined([*wrapped(sentence, width - 4), *([Text(), *lines] if lines else [])]),
                title=Text(fit(f"{number}  {title}", width - 6), BOLD),
                title_align="left",
                subtitle=Text(fit(shape, width - 6), DIM),
                subtitle_align="right",
                width=width,
            )
        )
    return panels


def trace_title(stages: HeadStages, word: Word, layers: int, direction: str, sentences: str, width: int) -> list[Text]:
    """Which head, which row, which pair: lines no wider than ``width``."""
    names = {"cross": "cross-attention", "encoder": "encoder self-attention", "decoder": "masked self-attention"}
    where = f"layer {stages.layer + 1}/{layers}  head {stages.head + 1}/{len(stages.contributions)}"
    whose = "read" if stages.kind == "encoder" else "predicted"
    row = f'row "{word.text}" ({whose})'
    if word.stop - word.start > 1:
        pieces = " ".join(stages.queries.labels[word.start : word.stop])
        row += f", the first of its {word.stop - word.start} pieces: {pieces}"
    title = f"{arrow(direction)}  {names[stages.kind]}  {where}  {row}"
    return [*wrapped(title, width, BOLD), *wrapped(sentences, width, BOLD)]


@dataclass(frozen=True)
class _View:
    """One row of the stages, and the room to show it in."""

    s: HeadStages
    row: int
    room: int  # cells inside a panel

    @property
    def word(self) -> str:
        return self.s.queries.labels[self.row]

    @property
    def width(self) -> int:
        return int(self.s.q.shape[1])

    @property
    def shown(self) -> list[int]:
        """The columns that are shown: all, or the heaviest ones in their order."""
        weights = self.s.weights[self.row]
        heaviest = np.argsort(-weights, kind="stable")[:_MOST_COLUMNS]
        return sorted(int(i) for i in heaviest)

    @property
    def top(self) -> int:
        return int(self.s.weights[self.row].argmax())

    def more(self) -> list[Text]:
        """A line on the columns that are not shown."""
        hidden = sorted(set(range(len(self.s.keys.labels))) - set(self.shown))
        if not hidden:
            return []
        share = self.s.weights[self.row, hidden].sum()
        held = "less than 0.01%" if share < 5e-5 else f"{share:.2%}"
        return [Text(fit(f"{len(hidden)} more tokens hold {held} of the weight", self.room), DIM)]

    def _components(self, length: int) -> int:
        return max(1, min(length, (self.room - _LABEL - 2 - _NUMBER) // _NUMBER))

    def header(self, length: int) -> Text:
        """Which components the columns of :meth:`vector` are."""
        numbers = "".join(f"{i + 1:>{_NUMBER}}" for i in range(self._components(length)))
        dots = " …" if self._components(length) < length else "  "
        return Text(" " * _LABEL + numbers + dots + f"{'norm':>{_NUMBER}}", DIM)

    def vector(self, label: str, values: np.ndarray, style: str = "") -> Text:
        """The first components of a vector, and its norm."""
        count = self._components(len(values))
        dots = " …" if count < len(values) else "  "
        numbers = "".join(map(_number, values[:count])) + dots + _number(float(np.linalg.norm(values)))
        return Text(left(label, _LABEL - 1) + " " + numbers, style)

    def table(self, names: Sequence[str], cells: Callable[[int], Iterable[str]]) -> list[Text]:
        """A line a column of the attention, the heaviest in bold and marked."""
        lines = [Text(" " * _LABEL + "".join(f"{name:>13}" for name in names), DIM)]
        for j in self.shown:
            line = left(self.s.keys.labels[j], _LABEL - 1) + " " + "".join(f"{cell:>13}" for cell in cells(j))
            lines.append(Text(line + (" ◂" if j == self.top else ""), BOLD if j == self.top else ""))
        return [*lines, *self.more()]

    def rows(self, values: np.ndarray) -> list[Text]:
        """A vector for each column that is shown, the heaviest in bold."""
        labels = self.s.keys.labels
        shown = [self.vector(labels[j], values[j], BOLD if j == self.top else "") for j in self.shown]
        return [self.header(self.width), *shown, *self.more()]

    def heads(self, name: str, values: np.ndarray) -> list[Text]:
        """A vector for each head, this one in bold."""
        style = ["" if h != self.s.head else BOLD for h in range(len(values))]
        return [self.vector(name.format(h + 1), value, style[h]) for h, value in enumerate(values)]


def _vectors(v: _View) -> Iterator[_Step]:
    """From the embedding to queries, keys and values."""
    s, row, E = v.s, v.row, v.width
    S, D = s.memory.shape
    reads, place = f'"{s.queries.read[row]}"', f"position {row}"
    where = f"The encoder reads {reads} at {place}."
    if s.kind != "encoder":
        where = f'"{v.word}" is predicted where the decoder reads {reads}, {place}.'
    yield (
        "Embedding + position",
        f"({D}) + ({D}) = ({D})",
        f"{where} What enters the model is the embedding of that token times √{D}, plus the vector of its position.",
        [
            v.header(D),
            v.vector(f"√{D} · embed.", s.queries.embedding[row]),
            v.vector("+ position", s.queries.position[row]),
            v.vector("= sum", s.queries.summed[row], BOLD),
        ],
    )
    before = {"cross": 3 * s.layer + 1, "encoder": 2 * s.layer, "decoder": 3 * s.layer}[s.kind]
    grown = {0: "which is still that sum", 1: "that sum plus what one sub-layer added to it"}.get(
        before, f"that sum plus what {before} sub-layers added to it"
    )
    yield (
        "Layer norm",
        f"({D}) → ({D})",
        f"The residual stream, {grown}, is brought to mean 0 and variance 1, then to a learned gain and bias: x.",
        [v.header(D), v.vector("residual", s.residual[row]), v.vector("x", s.normed[row], BOLD)],
    )
    yield (
        "Query  q = x · W_Q + b_Q",
        f"({D}) · ({D}, {E}) + ({E}) = ({E})",
        f"The query says, in {E} numbers, what this row looks for.",
        [v.header(E), v.vector(v.word, s.q[row], BOLD)],
    )
    made_from = {"cross": "the encoder's output for each source token", "encoder": "x of each token"}.get(
        s.kind, "x of each target token read so far"
    )
    for name, letter, told, values in (
        ("Keys", "K", f"are made from {made_from}: what a query can find it by.", s.k),
        ("Values", "V", f"are made from {made_from} too: what it hands over where it is attended to.", s.v),
    ):
        given = "memory" if s.kind == "cross" else "X"
        title = f"{name}  {letter} = {given} · W_{letter} + b_{letter}"
        yield title, f"({S}, {D}) · ({D}, {E}) + ({E}) = ({S}, {E})", f"{name} {told}", v.rows(values)


def _scores(v: _View) -> Iterator[_Step]:
    """The dot product term by term, scale and mask."""
    s, row, E = v.s, v.row, v.width
    q, k, labels = s.q[row], s.k[v.top], s.keys.labels
    terms = min(_TERMS, E)
    lines = [Text(f"{i + 1:>4}   {_number(q[i])} ×{_number(k[i])}  = {_number(q[i] * k[i])}") for i in range(terms)]
    if rest := E - terms:
        lines.append(Text(f"{f'… {rest} more terms':<29} = {_number(float((q[terms:] * k[terms:]).sum()))}"))
    lines.append(Text(f"{'sum: the score':<29} = {_number(s.scores[row, v.top])}", BOLD))
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
        lines = [Text(fit(f'{allowed} of {count} may be attended to: the first, up to "{labels[row]}"', v.room))]
        if allowed < count:
            lines.append(Text(fit(f"masked: {' '.join(labels[row + 1 :])}", v.room)))
    yield "Mask", f"({count}), {allowed} may be attended to", sentence, lines


def _weights(v: _View) -> Iterator[_Step]:
    """Softmax, and each value times its weight."""
    s, row = v.s, v.row
    raised = np.exp(s.masked[row] - s.masked[row].max())
    has_bar = v.room - _LABEL - 3 * 13 - 4 >= _BAR

    def cells(j: int) -> list[str]:
        score = "-inf" if not s.mask[row, j] else _number(s.masked[row, j])
        weight = s.weights[row, j]
        drawn = [f"  {'█' * round(weight * _BAR):<{_BAR}}"] if has_bar else []
        return [score, f"{raised[j]:.6f}", f"{weight:.6f}", *drawn]

    count = len(s.keys.labels)
    total = f"{'sum':<{_LABEL}}{'':13}{raised.sum():13.6f}{s.weights[row].sum():13.6f}"
    yield (
        "Softmax",
        f"({count}) → ({count}), sum 1",
        f"e to the power of each score less the largest, divided by their sum, {raised.sum():.6f}: the attention "
        "weights of this row.",
        [*v.table(["score", "e^(s - max)", "weight"], cells), Text(total, BOLD)],
    )
    S, E = s.v.shape
    shape = f"({S}, 1) × ({S}, {E}) = ({S}, {E})"
    yield "Weighted values", shape, "Each value times its weight.", v.rows(s.weighted_values[row])


def _outputs(v: _View) -> Iterator[_Step]:
    """What the head found, what W_O makes of it, and the residual stream after it."""
    s, row, E = v.s, v.row, v.width
    D, H, head = s.residual.shape[1], len(s.contributions), s.head + 1
    yield (
        "Head output",
        f"Σ over {len(s.keys.labels)} tokens = ({E}); {H} heads joined ({D})",
        f"The sum of the weighted values is what head {head} found; with the other heads beside it, it is "
        f"components {s.head * E + 1} to {head * E} of {D}.",
        [v.header(E), *v.heads("head {}", s.concatenated[row].reshape(H, E))],
    )
    yield (
        "Output  W_O",
        f"{H} × ({E}) · ({E}, {D}) + ({D}) = ({D})",
        "W_O turns each head's output back to the width of the stream; their sum and the bias are what the attention "
        "module gives: Δ.",
        [
            v.header(D),
            *v.heads("head {} · W_O", s.contributions[:, row]),
            v.vector("+ bias", s.output_bias),
            v.vector("= Δ", s.delta[row], BOLD),
        ],
    )
    old, delta, new = s.residual[row], s.delta[row], s.new_residual[row]
    share = np.linalg.norm(delta) / max(float(np.linalg.norm(old)), 1e-30)
    own = np.linalg.norm(s.contribution[row])
    yield (
        "Residual  old + Δ = new",
        f"({D}) + ({D}) = ({D})",
        f"Δ is added to the stream. Its norm is {share:.1%} of the old stream's; head {head}'s own part has norm "
        f"{own:.3f}.",
        [v.header(D), v.vector("old", old), v.vector("+ Δ", delta), v.vector("= new", new, BOLD)],
    )


def _number(value: float) -> str:
    """Nine cells, three decimals where they fit; no minus before a zero."""
    text = f"{value:9.3f}" if abs(value) < 9999.5 else f"{value:9.2e}"
    return text if float(text) else f"{0:9.3f}"
