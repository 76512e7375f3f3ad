"""One attention head for one row, step by step: a panel a step, with the shapes, never wider than the terminal.

Long vectors show their first components and their norm; many columns show the heaviest, and say how much the rest
holds. Every number is read from :class:`translator.explain.stages.HeadStages`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from rich.panel import Panel
from rich.text import Text

from translator.commands.output import arrow
from translator.draw.text import BOLD, DIM, fit, joined, left, wrapped
from translator.explain.stages import HeadStages
from translator.text.subwords import Word

__all__ = ["NARROWEST", "trace_panels", "trace_title"]

NARROWEST = 60  # below this many cells nothing can be laid out
_LABEL = 14
_NUMBER = 9  # "-1234.567"
_MOST_COLUMNS = 10  # tokens shown in one panel
_TERMS = 4  # of a dot product
_BAR = 16


@dataclass
class _Step:
    """What one panel says."""

    title: str
    shape: str
    sentence: str
    lines: list[Text] = field(default_factory=list)


def trace_panels(stages: HeadStages, row: int, width: int) -> list[Panel]:
    """Every step for token ``row`` of the queries, as panels ``width`` cells wide (60 at least)."""
    view = _View(stages, row, max(NARROWEST, width) - 4)
    steps = [step(view) for step in _STEPS]
    return [_panel(number, step, view.room + 4) for number, step in enumerate(steps, start=1)]


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


def _panel(number: int, step: _Step, width: int) -> Panel:
    body = wrapped(step.sentence, width - 4)
    body += [Text(), *step.lines] if step.lines else []
    title = Text(fit(f"{number}  {step.title}", width - 6), BOLD)
    shape = Text(fit(step.shape, width - 6), DIM)
    return Panel(joined(body), title=title, title_align="left", subtitle=shape, subtitle_align="right", width=width)


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


def _embedding(v: _View) -> _Step:
    s, place = v.s, f"position {v.row}"
    D = s.residual.shape[1]
    reads = f'"{s.queries.read[v.row]}"'
    where = f"The encoder reads {reads} at {place}."
    if s.kind != "encoder":
        where = f'"{v.word}" is predicted where the decoder reads {reads}, {place}.'
    return _Step(
        "Embedding + position",
        f"({D}) + ({D}) = ({D})",
        f"{where} What enters the model is the embedding of that token times √{D}, plus the vector of its position.",
        [
            v.header(D),
            v.vector(f"√{D} · embed.", s.queries.embedding[v.row]),
            v.vector("+ position", s.queries.position[v.row]),
            v.vector("= sum", s.queries.summed[v.row], BOLD),
        ],
    )


def _normed(v: _View) -> _Step:
    s, D = v.s, v.s.residual.shape[1]
    before = {"cross": 3 * s.layer + 1, "encoder": 2 * s.layer, "decoder": 3 * s.layer}[s.kind]
    grown = "which is still that sum" if before == 0 else f"that sum plus what {before} sub-layers added to it"
    if before == 1:
        grown = "that sum plus what one sub-layer added to it"
    return _Step(
        "Layer norm",
        f"({D}) → ({D})",
        f"The residual stream, {grown}, is brought to mean 0 and variance 1, then to a learned gain and bias: x.",
        [v.header(D), v.vector("residual", s.residual[v.row]), v.vector("x", s.normed[v.row], BOLD)],
    )


def _query(v: _View) -> _Step:
    D, E = v.s.residual.shape[1], v.width
    return _Step(
        "Query  q = x · W_Q + b_Q",
        f"({D}) · ({D}, {E}) + ({E}) = ({E})",
        f"The query says, in {E} numbers, what this row looks for.",
        [v.header(E), v.vector(v.word, v.s.q[v.row], BOLD)],
    )


def _vectors(v: _View, values: np.ndarray) -> list[Text]:
    rows = [v.vector(v.s.keys.labels[j], values[j], BOLD if j == v.top else "") for j in v.shown]
    return [v.header(v.width), *rows, *v.more()]


def _made_from(v: _View) -> str:
    if v.s.kind == "cross":
        return "the encoder's output for each source token"
    return "x of each token" if v.s.kind == "encoder" else "x of each target token read so far"


def _key(v: _View) -> _Step:
    (S, D), E = v.s.memory.shape, v.width
    return _Step(
        "Keys  K = memory · W_K + b_K" if v.s.kind == "cross" else "Keys  K = X · W_K + b_K",
        f"({S}, {D}) · ({D}, {E}) + ({E}) = ({S}, {E})",
        f"Keys are made from {_made_from(v)}: what a query can find it by.",
        _vectors(v, v.s.k),
    )


def _value(v: _View) -> _Step:
    (S, D), E = v.s.memory.shape, v.width
    return _Step(
        "Values  V = memory · W_V + b_V" if v.s.kind == "cross" else "Values  V = X · W_V + b_V",
        f"({S}, {D}) · ({D}, {E}) + ({E}) = ({S}, {E})",
        f"Values are made from {_made_from(v)} too: what it hands over where it is attended to.",
        _vectors(v, v.s.v),
    )


def _dot(v: _View) -> _Step:
    q, k = v.s.q[v.row], v.s.k[v.top]
    terms = min(_TERMS, v.width)
    lines = [Text(f"{i + 1:>4}   {_number(q[i])} ×{_number(k[i])}  = {_number(q[i] * k[i])}") for i in range(terms)]
    rest = v.width - terms
    if rest:
        lines.append(Text(f"{f'… {rest} more terms':<29} = {_number(float((q[terms:] * k[terms:]).sum()))}"))
    lines.append(Text(f"{'sum: the score':<29} = {_number(v.s.scores[v.row, v.top])}", BOLD))
    name = v.s.keys.labels[v.top]
    return _Step(
        "Dot product  q · k, term by term",
        f"({v.width}) · ({v.width}) = one score",
        f'The score of "{name}", the heaviest column: component times component, summed. It is large where query and '
        "key point the same way.",
        lines,
    )


def _scaled(v: _View) -> _Step:
    s, E = v.s, v.width
    root = f"{math.sqrt(E):.6g}"
    return _Step(
        f"Scale  1/√{E} = {s.scale:.6g}",
        f"({len(s.keys.labels)}) · {s.scale:.6g}",
        f"Every score is divided by √d_head = √{E} = {root}: a sum of {E} terms grows with √{E}, and without the scale "
        "softmax would be nearer to all or nothing.",
        v.table(["q · k", "scaled"], lambda j: [_number(s.scores[v.row, j]), _number(s.scaled[v.row, j])]),
    )


def _mask(v: _View) -> _Step:
    s = v.s
    count, allowed = len(s.keys.labels), int(s.mask[v.row].sum())
    step = _Step("Mask", f"({count}), {allowed} may be attended to", "")
    if s.kind != "decoder":
        step.sentence = "Nothing is masked: a sentence on its own has no padding, and all of the source may be seen."
        return step
    step.sentence = "A position attends to itself and to what was read before it; what comes later gets -inf."
    ahead = count - allowed
    last = s.keys.labels[v.row]
    step.lines = [Text(fit(f'{allowed} of {count} may be attended to: the first, up to "{last}"', v.room))]
    step.lines += [Text(fit(f"masked: {name}", v.room)) for name in [" ".join(s.keys.labels[v.row + 1 :])] if ahead]
    return step


def _softmax(v: _View) -> _Step:
    s, row = v.s, v.row
    top = s.masked[row].max()
    raised = np.exp(s.masked[row] - top)
    bar = v.room - _LABEL - 3 * 13 - 4 >= _BAR

    def cells(j: int) -> list[str]:
        score = "-inf" if not s.mask[row, j] else _number(s.masked[row, j])
        weight = s.weights[row, j]
        drawn = [f"  {'█' * round(weight * _BAR):<{_BAR}}"] if bar else []
        return [score, f"{raised[j]:.6f}", f"{weight:.6f}", *drawn]

    return _Step(
        "Softmax",
        f"({len(s.keys.labels)}) → ({len(s.keys.labels)}), sum 1",
        f"e to the power of each score less the largest, divided by their sum, {raised.sum():.6f}: the attention "
        "weights of this row.",
        [
            *v.table(["score", "e^(s - max)", "weight"], cells),
            Text(f"{'sum':<{_LABEL}}{'':13}{raised.sum():13.6f}{s.weights[row].sum():13.6f}", BOLD),
        ],
    )


def _weighted(v: _View) -> _Step:
    S, E = v.s.v.shape
    rows = v.s.weighted_values[v.row]
    return _Step(
        "Weighted values",
        f"({S}, 1) × ({S}, {E}) = ({S}, {E})",
        "Each value times its weight.",
        _vectors(v, rows),
    )


def _head_output(v: _View) -> _Step:
    s, E = v.s, v.width
    D, H = s.residual.shape[1], len(s.contributions)
    joined = s.concatenated[v.row].reshape(H, E)
    lines = [v.vector(f"head {h + 1}", joined[h], BOLD if h == s.head else "") for h in range(H)]
    first, last = s.head * E + 1, (s.head + 1) * E
    return _Step(
        "Head output",
        f"Σ over {len(s.keys.labels)} tokens = ({E}); {H} heads joined ({D})",
        f"The sum of the weighted values is what head {s.head + 1} found; with the other heads beside it, it is "
        f"components {first} to {last} of {D}.",
        [v.header(E), *lines],
    )


def _output(v: _View) -> _Step:
    s, E = v.s, v.width
    D, H = s.residual.shape[1], len(s.contributions)
    lines = [v.vector(f"head {h + 1} · W_O", s.contributions[h, v.row], BOLD if h == s.head else "") for h in range(H)]
    return _Step(
        "Output  W_O",
        f"{H} × ({E}) · ({E}, {D}) + ({D}) = ({D})",
        "W_O turns each head's output back to the width of the stream; their sum and the bias are what the attention "
        "module gives: Δ.",
        [v.header(D), *lines, v.vector("+ bias", s.output_bias), v.vector("= Δ", s.delta[v.row], BOLD)],
    )


def _residual(v: _View) -> _Step:
    s, D = v.s, v.s.residual.shape[1]
    old, delta, new = s.residual[v.row], s.delta[v.row], s.new_residual[v.row]
    share = np.linalg.norm(delta) / max(float(np.linalg.norm(old)), 1e-30)
    own = np.linalg.norm(s.contribution[v.row])
    return _Step(
        "Residual  old + Δ = new",
        f"({D}) + ({D}) = ({D})",
        f"Δ is added to the stream. Its norm is {share:.1%} of the old stream's; head {s.head + 1}'s own part has norm "
        f"{own:.3f}.",
        [v.header(D), v.vector("old", old), v.vector("+ Δ", delta), v.vector("= new", new, BOLD)],
    )


_STEPS: tuple[Callable[[_View], _Step], ...] = (
    _embedding,
    _normed,
    _query,
    _key,
    _value,
    _dot,
    _scaled,
    _mask,
    _softmax,
    _weighted,
    _head_output,
    _output,
    _residual,
)


def _number(value: float) -> str:
    """Nine cells, three decimals where they fit; no minus before a zero."""
    text = f"{value:9.3f}" if abs(value) < 9999.5 else f"{value:9.2e}"
    return text if float(text) else f"{0:9.3f}"
