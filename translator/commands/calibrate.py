"""``translator calibrate``: fit a model's confidence on dev text."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from translator.commands.console import stderr, stdout
from translator.commands.options import Beam, Json, Model
from translator.config import SearchConfig
from translator.draw.language import say
from translator.files import DEFAULT_MODEL

STORED, NOT_STORED = "stored in the model", "not stored: add --store to keep it in the model"


def calibrate(
    files: Annotated[list[Path], typer.Argument(help="Parallel files that were not trained on.")],
    model: Model = DEFAULT_MODEL,
    beam: Beam = SearchConfig.beam,
    store: Annotated[bool, typer.Option("--store", help="Keep the fit in the model's config.json.")] = False,
    as_json: Json = False,
) -> None:
    """Fit what --confidence tells: how likely a word is to stand in a human translation.

    The errors told are of halves of the text that the fit for them did not see.

    Example: translator calibrate dev.tsv --store
    """
    from translator.corpus.pairs import read_pairs
    from translator.evaluation.calibration import calibrate as run
    from translator.evaluation.calibration import observe
    from translator.model.folder import update_info
    from translator.translation import Translator

    pairs = [pair for file in files for pair in read_pairs(file)]
    translator = Translator.load(model)
    with stderr().status(say("translating …")):
        found = run(observe(translator, pairs, translator.folder.directions, SearchConfig(beam=beam)))
    if store:
        errors = {name: round(getattr(found, name), 4) for name in ("word_error", "sentence_error")}
        update_info(translator.folder, {"confidence": {"weights": found.weights} | errors})
    if as_json:
        print(json.dumps(asdict(found)))
        return
    console = stdout()
    for line in (
        f"words          {found.words:,}, {found.share_right:.1%} of them in the human translation",
        f"error, words   {found.word_error:.4f}  (expected calibration error, 10 bins, two-fold)",
        f"error, lines   {found.sentence_error:.4f}",
        f"rank corr.     {found.rank_correlation:.3f}  (a line's confidence with its share of right words)",
    ):
        console.print(say(line))
    console.print(say(STORED if store else NOT_STORED), style="dim")
