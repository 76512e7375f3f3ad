"""``translator corpus``: what can be done to parallel text before a training."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from translator.commands.console import stderr, stdout
from translator.commands.corpus.back_translate import back_translate
from translator.commands.corpus.doctor import doctor
from translator.commands.options import Force, Json
from translator.draw.language import figure, say
from translator.errors import InputError, OutputError, UsageError

if TYPE_CHECKING:
    from translator.corpus.files import Format

_FORMATS = "tsv|moses|tmx|jsonl"
app = typer.Typer(help="Check, mend, split, convert and make training text.")
app.command("doctor")(doctor)


@app.command("split")
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
    from translator.corpus.files import STANDARD_STREAM
    from translator.corpus.pairs import read_pairs
    from translator.corpus.split import PARTS, split_pairs
    from translator.corpus.writing import writing

    if not dev and not test:
        raise UsageError("--dev 0 --test 0: there is nothing to split", "ask for some pairs of one of them")
    for file in files:
        if file == STANDARD_STREAM or file.is_fifo():
            raise UsageError(f"a corpus to split is read twice, and {file} is a pipe", "save it to a file first")
    with stderr().status(say("looking for shared sentences …")):
        found = split_pairs(chain.from_iterable(map(read_pairs, files)), dev, test, seed=seed, near=near)
    counts = {part: int((found.parts == number).sum()) for number, part in enumerate(PARTS)}
    if not counts["train"] or (dev and not counts["dev"]) or (test and not counts["test"]):
        raise InputError(
            f"{sum(counts.values()):,} pairs in {found.groups:,} groups, of up to {found.largest:,}, "
            "do not make these parts",
            "ask for fewer pairs of dev and test",
        )
    _make_folder(out)
    paths = [out / f"{part}.{ending.lstrip('.')}" for part in PARTS]
    with ExitStack() as stack:
        writers = [stack.enter_context(writing(path, force=force)) for path in paths]
        for part, pair in zip(found.parts.tolist(), chain.from_iterable(map(read_pairs, files)), strict=True):
            writers[part].write(pair)
    if as_json:
        print(json.dumps(counts | {"groups": found.groups, "largest_group": found.largest}))
        return
    for path, count in zip(paths, counts.values(), strict=True):
        stdout().print(f"{figure(f'{count:>11,}')}  {path}", markup=False)
    stdout().print(say(f"{found.groups:,} groups of pairs that share sentences, the largest of {found.largest:,}"))


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} cannot be made: {error.strerror}", "choose another --out") from error


@app.command("convert")
def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="File to read; - for standard input.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="File to write; - for standard output.")],
    from_format: Annotated[
        str | None, typer.Option(metavar=_FORMATS, help="Of IN, where its name does not say.")
    ] = None,
    to_format: Annotated[
        str | None, typer.Option(metavar=_FORMATS, help="Of OUT, where its name does not say.")
    ] = None,
    force: Force = False,
) -> None:
    """Convert parallel text between TSV, Moses pairs (name.en + name.pt), TMX and JSONL, each plain, .gz or .zst.

    The format goes by the name: mine.tsv, mine.en (or mine.pt) of a Moses pair, mine.tmx, mine.jsonl.gz.

    Example: translator corpus convert memory.tmx mine.tsv.gz
    """
    from translator.commands.progress import translating
    from translator.corpus.pairs import read_pairs
    from translator.corpus.writing import writing

    left_out: list[str] = []
    with writing(target, _format_named(to_format), force=force) as writer, translating(target, unit="pairs") as start:
        advance = start(None)
        for pair in read_pairs(source, _format_named(from_format), left_out=left_out):
            writer.write(pair)
            if writer.written % 10_000 == 0:
                advance(10_000)
    told = [f"{writer.written:,} pairs", *left_out]
    if writer.changed:
        lost = "cannot hold their line breaks, tabs or control characters"
        told.append(f"{writer.changed:,} of them changed: {writer.format} {lost}")
    for line in told:
        stderr().print(say(line), markup=False)


def _format_named(name: str | None) -> Format | None:
    if name is not None and name not in _FORMATS.split("|"):
        raise UsageError(f"unknown format {name!r}", f"it takes {_FORMATS.replace('|', ', ')}")
    return cast("Format | None", name)


@app.command("download")
def download(
    name: Annotated[str | None, typer.Argument(help="A corpus of --list, or any of OPUS as NAME/VERSION.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for NAME.tsv.gz, NAME.LICENSE and NAME.json.")] = Path(),
    show: Annotated[bool, typer.Option("--list", help="Show what there is.")] = False,
    sha256: Annotated[str | None, typer.Option(help="Refuse the file if this is not its SHA-256.")] = None,
    base: Annotated[
        str | None, typer.Option(metavar="URL", help="Fetch from a mirror.", envvar="TRANSLATOR_OPUS")
    ] = None,
    force: Force = False,
) -> None:
    """Fetch a public English–Portuguese corpus of OPUS: pairs, licence, and where it came from.

    A download that broke off goes on where it stopped. What was fetched before must have the SHA-256 it had then; the
    first time it is compared with --sha256 or the catalogue, and where neither has one, that is said.

    Example: translator corpus download Tatoeba --out corpora
    """
    from translator.corpus.download import BASE, CATALOGUE, expected_digest, fetch, find_source, unpack

    console = stdout()
    if show:
        for one in CATALOGUE.values():
            about = "; ".join(filter(None, (say(one.what), one.licence)))
            console.print(f"{one.name:<14}{one.version:<13}{about}", markup=False)
        console.print(say("Licences not named here are in the archives, and shown when they are fetched."))
        return
    if name is None:
        raise UsageError("which corpus?", "translator corpus download --list shows them")
    source = find_source(name)
    target = out / f"{source.name}.tsv.gz"
    if target.exists() and not force:
        raise UsageError(f"{target} exists already", "add --force to fetch it again")
    _make_folder(out)
    address = source.address(base or BASE)
    expected = expected_digest(out, source, address, sha256, force=force)
    archive = out / f".{source.name}.zip"  # a name that no archive of the user's own has: it goes when it is unpacked
    with _progress() as told:
        digest, resumed_at = fetch(address, archive, expected=expected, told=told)
    if resumed_at:
        stderr().print(say(f"went on after {resumed_at:,} bytes"))
    with stderr().status(say("unpacking …")):
        origin = {"address": address, "sha256": digest}
        pairs, left_out, licence = unpack(archive, origin, source, target, force=force)
    archive.unlink()
    console.print(say(f"{target}: {pairs:,} pairs"), markup=False)
    if left_out:
        console.print(say(f"{left_out:,} lines with an empty side were left out"))
    verified = "verified" if expected else "not verified: neither --sha256, nor an earlier download, nor --list has one"
    console.print(say(f"licence: {licence}"), f"SHA-256: {digest} ({say(verified)})", sep="\n", markup=False)


@contextmanager
def _progress() -> Iterator[Callable[[int, int | None], None]]:
    """What to call with the bytes so far and in all; a bar where somebody can see it."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("downloading", total=None)
        yield lambda size, total: bar.update(task, completed=size, total=total)


app.command("back-translate")(back_translate)
