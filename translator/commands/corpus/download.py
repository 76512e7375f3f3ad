"""``translator corpus download``: public parallel corpora."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from translator.commands.console import stderr, stdout
from translator.commands.options import Force
from translator.errors import OutputError, UsageError


def download(
    name: Annotated[str | None, typer.Argument(help="A corpus of --list, or any of OPUS as NAME/VERSION.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for NAME.tsv.gz, NAME.LICENSE and NAME.json.")] = Path(),
    show: Annotated[bool, typer.Option("--list", help="Show what there is.")] = False,
    sha256: Annotated[str | None, typer.Option(help="Refuse the file if this is not its SHA-256.")] = None,
    base: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Fetch from a mirror.", envvar="TRANSLATOR_OPUS"),
    ] = None,
    force: Force = False,
) -> None:
    """Fetch a public English–Portuguese corpus of OPUS: pairs, licence, and where it came from.

    A download that broke off goes on where it stopped. What was fetched before must have the SHA-256 it had then; the
    first time it is compared with --sha256 or the catalogue, and where neither has one, that is said.

    Example: translator corpus download Tatoeba --out corpora
    """
    from translator.corpus.download import (
        BASE,
        check_licence_place,
        fetch,
        find_source,
        known_digest,
        unpack,
    )

    if show:
        _show_catalogue()
        return
    if name is None:
        raise UsageError("which corpus?", "translator corpus download --list shows them")
    source = find_source(name)
    target, record = out / f"{source.name}.tsv.gz", out / f"{source.name}.json"
    if target.exists() and not force:
        raise UsageError(f"{target} exists already", "add --force to fetch it again")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} cannot be made: {error.strerror}", "choose another --out") from error
    address = source.address(base or BASE)
    if not force:
        check_licence_place(out, source.name, address)
    expected = sha256 or known_digest(record, address) or source.sha256 or None
    with _progress() as told:  # under a name that no archive of the user's own has: ours goes when it is unpacked
        fetched = fetch(address, out / f".{source.name}.zip", expected=expected, told=told)
    if fetched.resumed_at:
        stderr().print(f"went on after {fetched.resumed_at:,} bytes", highlight=False)
    with stderr().status("unpacking …"):
        pairs, left_out, licence = unpack(fetched, source, target, force=force)
    fetched.path.unlink()
    console = stdout()
    console.print(f"{target}: {pairs:,} pairs", markup=False, highlight=False)
    if left_out:
        console.print(f"{left_out:,} lines with an empty side were left out", highlight=False)
    verified = "verified" if expected else "not verified: neither --sha256, nor an earlier download, nor --list has one"
    console.print(f"licence: {licence}\nSHA-256: {fetched.sha256} ({verified})", markup=False, highlight=False)


def _show_catalogue() -> None:
    from translator.corpus.download import CATALOGUE

    console = stdout()
    for one in CATALOGUE.values():
        about = f"{one.what}; {one.licence}" if one.licence else one.what
        console.print(f"{one.name:<14}{one.version:<13}{about}", markup=False, highlight=False)
    console.print("Licences not named here are in the archives, and shown when they are fetched.", highlight=False)


@contextmanager
def _progress() -> Iterator[Callable[[int, int | None], None]]:
    """What to call with the bytes so far and in all; a bar where somebody can see it."""
    if not sys.stderr.isatty():
        yield lambda _, __: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr(), transient=True) as bar:
        task = bar.add_task("downloading", total=None)
        yield lambda size, total: bar.update(task, completed=size, total=total)
