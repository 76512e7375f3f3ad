"""``translator corpus download``: public parallel corpora."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from translator.commands.console import stderr, stdout
from translator.commands.corpus.split import make_folder
from translator.commands.options import Force
from translator.errors import UsageError


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
    from translator.corpus.download import (
        BASE,
        CATALOGUE,
        check_licence_place,
        fetch,
        find_source,
        known_digest,
        unpack,
    )

    console = stdout()
    if show:
        for one in CATALOGUE.values():
            about = f"{one.what}; {one.licence}" if one.licence else one.what
            console.print(f"{one.name:<14}{one.version:<13}{about}", markup=False)
        console.print("Licences not named here are in the archives, and shown when they are fetched.")
        return
    if name is None:
        raise UsageError("which corpus?", "translator corpus download --list shows them")
    source = find_source(name)
    target, record = out / f"{source.name}.tsv.gz", out / f"{source.name}.json"
    if target.exists() and not force:
        raise UsageError(f"{target} exists already", "add --force to fetch it again")
    make_folder(out)
    address = source.address(base or BASE)
    if not force:
        check_licence_place(out, source.name, address)
    expected = sha256 or known_digest(record, address) or source.sha256 or None
    archive = out / f".{source.name}.zip"  # a name that no archive of the user's own has: it goes when it is unpacked
    with _progress() as told:
        digest, resumed_at = fetch(address, archive, expected=expected, told=told)
    if resumed_at:
        stderr().print(f"went on after {resumed_at:,} bytes")
    with stderr().status("unpacking …"):
        origin = {"address": address, "sha256": digest}
        pairs, left_out, licence = unpack(archive, origin, source, target, force=force)
    archive.unlink()
    console.print(f"{target}: {pairs:,} pairs", markup=False)
    if left_out:
        console.print(f"{left_out:,} lines with an empty side were left out")
    verified = "verified" if expected else "not verified: neither --sha256, nor an earlier download, nor --list has one"
    console.print(f"licence: {licence}\nSHA-256: {digest} ({verified})", markup=False)


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
