"""The scoreboard of a model card: its table is written from results that lie beside it, never by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from translator.commands.console import open_output
from translator.commands.evaluate.report import scores_json
from translator.errors import InputError
from translator.evaluation.evaluate import Evaluation

BEGIN, END = "<!-- scores: written by translator evaluate --card -->", "<!-- end of scores -->"
SCORES = "scores.json"
"""What the table is made of: a list of results, in the card's folder."""
_WAYS = ("en-pt", "pt-en")
Key = tuple[str, str, str]


def update_card(card: Path, found: Sequence[Evaluation]) -> None:
    """Put ``found`` among the results beside ``card``, in place of older ones of the same kind, and write its table.

    Raises ``InputError`` where the card has no place for it.
    """
    path = card.with_name(SCORES)
    try:
        text = card.read_text("utf-8")
        kept: list[dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.exists() else []
    except (OSError, ValueError) as error:
        raise InputError(f"{card} or {path} cannot be read: {error}") from error
    rows = {_key(row): row for row in kept} | {_key(row): row for row in map(_result, found)}
    new = with_table(text, list(rows.values()), card)
    with open_output(path, force=True) as file:
        file.write(json.dumps(list(rows.values()), ensure_ascii=False, indent=1) + "\n")
    with open_output(card, force=True) as file:
        file.write(new)


def _key(row: dict[str, Any]) -> Key:
    return row["set"], row["system"], row["direction"]


def _result(e: Evaluation) -> dict[str, Any]:
    """What is kept of one result: names without folders, which are another machine's."""
    system = Path(e.system).name.removesuffix(f".{e.direction}")
    settings = {key: value for key, value in e.settings.items() if key != "model"}
    facts = {"set": Path(e.file).name, "system": system, "direction": e.direction, "sentences": e.sentences}
    return facts | {"scores": scores_json(e.scores), "settings": settings}


def with_table(text: str, results: Iterable[dict[str, Any]], card: Path) -> str:
    """``text`` with the table of ``results`` in its place. Raises ``InputError`` where it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"{card} has no place for the scores", f"put these two lines where they belong: {BEGIN} {END}")
    return f"{before}{BEGIN}\n{table(results)}\n{END}{after}"


def table(results: Iterable[dict[str, Any]]) -> str:
    """Test sets and systems, a line each, both directions in a cell; the signatures and settings under it."""
    lines: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in results:
        lines.setdefault((row["set"], row["system"]), {})[row["direction"]] = row
    names = list(dict.fromkeys(name for of in lines.values() for row in of.values() for name in row["scores"]))
    heads = ["test set", "sentences", "system", *(f"{name}, en→pt / pt→en" for name in names)]
    told = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for (of_set, system), ways in lines.items():
        count = next(iter(ways.values()))["sentences"]
        cells = [
            " / ".join(_cell(ways[way]["scores"].get(name)) if way in ways else "–" for way in _WAYS) for name in names
        ]
        told.append("| " + " | ".join([of_set, f"{count:,}", system, *cells]) + " |")
    every = [row for ways in lines.values() for row in ways.values()]
    notes = dict.fromkeys(f"{name}: `{s['signature']}`" for row in every for name, s in row["scores"].items())
    recipes = dict.fromkeys(_recipe(row) for row in every if row["settings"])
    return "\n".join([*told, "", *(f"{note}  " for note in [*notes, *recipes])])


def _cell(score: dict[str, Any] | None) -> str:
    if score is None:
        return "–"
    half = (score["interval"][1] - score["interval"][0]) / 2 if "interval" in score else None
    return f"{score['value']:.1f}" + (f" ±{half:.1f}" if half is not None else "")


def _recipe(row: dict[str, Any]) -> str:
    s = row["settings"]
    weights = f"weights {s['model_sha256'][:12]}…, {s['engine']} in {s['precision']}"
    return f"{row['system']}: {weights}, beam {s['beam']}, length penalty {s['length_penalty']:g}"
