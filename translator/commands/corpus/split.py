"""``translator corpus split``: one corpus → train, dev and test that share no sentence."""

from __future__ import annotations

import json
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from translator.commands.console import stderr, stdout
from translator.commands.options import Force, Json
from translator.errors import InputError, OutputError, UsageError


def split(
    files: Annotated[list[Path], typer.Argument(help="Parallel files, of any format; several are taken together.")],
    out: Annotated[Path, typer.Option(help="Folder for train.tsv, dev.tsv and test.tsv.")],
    dev: Annotated[int, typer.Option(min=0, help="Pairs to choose settings by.")] = 1000,
    test: Annotated[int, typer.Option(min=0, help="Pairs to measure by once, at the end.")] = 1000,
    near: Annotated[
        bool, typer.Option("--near", help="Keep near-copies together too: sentences with five words in a row alike.")
    ] = False,
    ending: Annotated[str, typer.Option(metavar="tsv|tsv.gz|jsonl.zst|…", help="Format of the parts.")] = "tsv",
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other pairs.")] = 1,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Split a corpus into train, dev and test so that no sentence of either language stands in two of them.

    Sentences that differ in capitals, marks and spaces alone count as one. What hangs together through shared sentences
    stays together, so dev or test may get a few pairs less than asked; no pair is lost.

    Example: translator corpus split mine.tsv.gz --out parts --dev 1000 --test 1000
    """
    from translator.corpus.files import STANDARD_STREAM, format_of
    from translator.corpus.pairs import read_pairs
    from translator.corpus.split import PARTS, split_pairs
    from translator.corpus.writing import writing

    if not dev and not test:
        raise UsageError("--dev 0 --test 0: there is nothing to split", "ask for some pairs of one of them")
    for file in files:
        if file == STANDARD_STREAM or file.is_fifo():
            raise UsageError(f"a corpus to split is read twice, and {file} is a pipe", "save it to a file first")
    with stderr().status("looking for shared sentences …"):
        found = split_pairs(chain.from_iterable(map(read_pairs, files)), dev, test, seed=seed, near=near)
    counts = [int((found.parts == part).sum()) for part in range(3)]
    if not counts[0] or (dev and not counts[1]) or (test and not counts[2]):
        raise InputError(
            f"{sum(counts):,} pairs in {found.groups:,} groups, of up to {found.largest:,}, do not make these parts",
            "ask for fewer pairs of dev and test",
        )
    make_folder(out)
    paths = [out / f"{part}.{ending.lstrip('.')}" for part in PARTS]
    with ExitStack() as stack:
        writers = [stack.enter_context(writing(path, format_of(path), force=force)) for path in paths]
        for part, pair in zip(found.parts.tolist(), chain.from_iterable(map(read_pairs, files)), strict=True):
            writers[part].write(pair)
    if as_json:
        told = dict(zip(PARTS, counts, strict=True))
        print(json.dumps(told | {"groups": found.groups, "largest_group": found.largest}))
        return
    for path, count in zip(paths, counts, strict=True):
        stdout().print(f"{count:>11,}  {path}", markup=False)
    stdout().print(f"{found.groups:,} groups of pairs that share sentences, the largest of {found.largest:,}")


def make_folder(out: Path) -> None:
    """The folder of ``--out``. Raises ``OutputError``."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} cannot be made: {error.strerror}", "choose another --out") from error
