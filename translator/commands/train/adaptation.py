"""A fine-tuning's gain and loss as a table: BLEU before and after, in the domain and outside."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from translator.draw.language import figure, say
from translator.evaluation.adaptation import Adaptation


def adaptation_table(found: Adaptation, base: str, domain: str, retained: str) -> RenderableType:
    """``base`` is the model's name, ``domain`` and ``retained`` say where the sentences come from."""
    table = Table.grid(padding=(0, 2))
    for side in ("left", "left", "right", "right", "right", "right"):
        table.add_column(justify="right" if side == "right" else "left", no_wrap=True)
    table.add_row(*(Text(say(name), "dim") for name in ("dev BLEU", "", "sentences", "before", "after", "change")))
    previous: bool | None = None
    for change in found.changes:
        name = "" if change.domain == previous else "in domain" if change.domain else "retained"
        previous = change.domain
        way = change.direction.replace("-", "→")
        figures = (f"{change.sentences:,}", f"{change.before:.1f}", f"{change.after:.1f}", f"{change.gain:+.1f}")
        table.add_row(*map(Text, (say(name), way, *map(figure, figures))))
    lines = [f"before: {base}, after: fine-tuned from it", f"in domain: {domain}"]
    if any(not one.domain for one in found.changes):
        lines.append(f"retained: {retained}")
    won = f"{found.gain(domain=True):+.1f} in domain"
    if any(not one.domain for one in found.changes):
        won += f", {found.gain(domain=False):+.1f} retained"
    lines += [f"mean change: {won}; {found.minutes:.1f} minutes of training", *_kept(found)]
    return Group(table, Text("\n".join(map(say, lines)), "dim"))


def _kept(found: Adaptation) -> list[str]:
    told = f"kept: {found.share:.0%} of the fine-tuned weights"
    if found.share < 1:
        told += f", {1 - found.share:.0%} of the base's"
    tried = ", ".join(f"{share:.0%} {value:.1f}" for share, value in found.tried.items())
    return [told, *([f"mean BLEU by share: {tried}"] if len(found.tried) > 1 else [])]
