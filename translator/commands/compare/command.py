"""``translator compare``: two models, or two files of translations, on one test set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from translator.commands.console import json_line, open_output, read_lines, stderr, stdout
from translator.commands.evaluate.asked import directions_named
from translator.commands.evaluate.command import read_sets
from translator.commands.options import Force, Json
from translator.draw.language import say
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL, model_folder

if TYPE_CHECKING:
    from translator.evaluation.comparison import Changed, Comparison
    from translator.evaluation.testset import EvalSet
    from translator.translation import Translator


def compare(
    file: Annotated[Path, typer.Argument(metavar="TEST", help="Parallel file: source and reference.")],
    first: Annotated[str, typer.Argument(metavar="A", help="A model, or a file of translations, a line each.")],
    second: Annotated[str, typer.Argument(metavar="B", help="What to compare it with.")],
    direction: Annotated[
        str,
        typer.Option(
            metavar="en-pt|pt-en|both", help="Which way they translate; of both, files are A.en-pt and A.pt-en."
        ),
    ] = "en-pt",
    test: Annotated[
        str, typer.Option(metavar="bs|ar", help="Paired bootstrap resampling, or approximate randomisation.")
    ] = "bs",
    samples: Annotated[int, typer.Option(min=10, metavar="N", help="Test sets drawn.")] = 1000,
    show: Annotated[int, typer.Option(min=0, metavar="N", help="Sentences that changed most.")] = 6,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the first so many sentences.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page too, the two side by side.")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Tell which of two systems is better, whether that is more than chance, where, and in which sentences.

    Example: translator compare test.tsv en-pt runs/mine
    """
    if test not in ("bs", "ar"):
        raise UsageError(f"--test {test}: unknown", "tests: bs (bootstrap), ar (approximate randomisation)")
    sets = read_sets([file], directions_named(direction), check=False)
    names = (first, second)
    from translator.evaluation.comparison import compare as run
    from translator.model.folder import open_folder

    models = {name: model for name in names if (model := _model(name, several=len(sets) > 1))}
    vocabulary = (next(iter(models.values())).folder if models else open_folder(model_folder(DEFAULT_MODEL))).subwords
    found: list[Comparison] = []
    links: list[dict[str, list[str]]] = []
    for whole in sets:
        over = whole.first(limit)
        with stderr().status(say(f"comparing {over.direction} …")):
            sides = [_translations(name, models.get(name), whole, several=len(sets) > 1)[:limit] for name in names]
            result = run(over, *sides, test=test, samples=samples, shown=show, vocabulary=vocabulary)
            found.append(result)
            links.append(_links(names, models, result.changed, over))
    from translator.commands.compare.view import sections, title_of
    from translator.draw.report import print_report
    from translator.draw.report_html import page

    told = sections(found, names, links)
    if as_json:
        rows = [asdict(result) | {"attention": of} for result, of in zip(found, links, strict=True)]
        one = rows[0] if len(rows) == 1 else {"directions": rows}
        print(json_line({"file": str(file), "first": first, "second": second, **one}))
    else:
        print_report(stdout(), told)
    if html is not None:
        with open_output(html, force=force) as output:
            output.write(page(title_of(names), told))


def _model(name: str, *, several: bool) -> Translator | None:
    """The model of that name; ``None`` where it is a file of translations."""
    if Path(f"{name}.en-pt" if several else name).is_file():
        return None
    from translator.translation import Translator

    return Translator.load(name)


def _translations(name: str, model: Translator | None, over: EvalSet, *, several: bool) -> list[str]:
    """What the model makes of the sources, or what the file holds. Raises ``InputError`` if it has not a line each."""
    from translator.evaluation.testset import check_hypotheses

    if model is not None:
        return [translation.target for translation in model.translate_batch(over.sources, over.direction)]
    path = Path(f"{name}.{over.direction}" if several else name)
    lines = list(read_lines(path))
    check_hypotheses(str(path), lines, over)
    return lines


def _links(
    names: Sequence[str], models: Mapping[str, Translator], changed: Sequence[Changed], over: EvalSet
) -> dict[str, list[str]]:
    """For each model, which word became which in the changed sentences; "" where one is too long to read."""
    from translator.evaluation.failures import judge, links_line

    found = {}
    for name, model in models.items():
        own = [change.first if name == names[0] else change.second for change in changed]
        signs = judge(model, [change.source for change in changed], own, over.direction)
        found[name] = [links_line(sign.alignment) if sign else "" for sign in signs]
    return found
