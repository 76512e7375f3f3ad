"""Zips of XML: Word, OpenDocument and EPUB. What is translated lies in some of their members."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import IO, Any

from translator.documents.document import Border, Reader, Slot
from translator.documents.html import Grammar, html_slots, walk
from translator.documents.markup import names
from translator.documents.word import word_slots

_FIELDS = "page-number page-count date time author-name sequence chapter file-name bookmark-ref reference-ref note-ref"
_FIELDS += " user-field-get variable-get title sequence-ref placeholder"
_ODT = Grammar(
    inline=names(
        "text:span text:a text:s text:soft-page-break text:bookmark text:bookmark-start text:bookmark-end text:meta"
        " text:reference-mark text:reference-mark-start text:reference-mark-end text:change text:change-start"
        " text:change-end office:annotation-end"
    ),
    kept=frozenset(f"text:{name}" for name in _FIELDS.split()) | names("text:tracked-changes text:ruby"),
    aside=names("text:note draw:frame draw:g draw:custom-shape draw:a office:annotation"),
    within=names("text:p text:h"),
)
_STYLE = re.compile(r'<style:style\b[^>]*?\bstyle:name="([^"]*)"[^>]*?(?<!/)>(.*?)</style:style>', re.DOTALL)


def _odt_slots(text: str, state: frozenset[str] | None = None) -> Iterator[Slot | Border]:
    """A span whose style says no more than when it was written, which LibreOffice makes by the dozen, is idle;
    ``state`` are the start tags of such spans."""
    idle = (state or frozenset()) | {
        f'<text:span text:style-name="{found[1]}">'
        for found in _STYLE.finditer(text)
        if re.fullmatch(r'\s*<style:text-properties(?:\s+officeooo:\S*rsid="\w*")*\s*/>\s*', found[2])
    }
    for found in walk(text, replace(_ODT, idle=idle)):
        yield Border(found.at, idle) if isinstance(found, Border) else found


def _walker(within: str) -> Reader:
    grammar = Grammar(within=names(within))
    return lambda text, state: walk(text, grammar)


MEMBERS: Mapping[str, Mapping[str, Reader]] = {
    "docx": {r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml": word_slots},
    "odt": {r"(?:content|styles)\.xml": _odt_slots},
    "epub": {
        r".*\.(?:xhtml|html|htm)": html_slots,
        r".*\.ncx": _walker("text"),  # the table of contents of older readers
        r".*\.opf": _walker("dc:title dc:description"),
    },
}
"""Of each kind, names of the members that are translated (a pattern), and what finds slots in them."""


def members(file: IO[bytes], kind: str) -> tuple[list[tuple[str, Any, Reader]], int]:
    """The members of a package that are translated: the name, what opens it, and what finds slots in it; their bytes.

    Raises ``ValueError`` saying why it is no package of that kind.
    """
    try:
        package = zipfile.ZipFile(file)
        damaged = package.testzip()
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        raise ValueError(f"it is no {kind} file, or a damaged one ({error})") from error
    if damaged:
        raise ValueError(f"it is no {kind} file, or a damaged one ({damaged})")
    found = [
        (name, partial(package.open, name), reader)
        for name in package.namelist()
        for pattern, reader in MEMBERS[kind].items()
        if re.fullmatch(pattern, name)
    ]
    if not found:
        raise ValueError(f"it is a zip, but holds nothing that a {kind} file holds")
    return found, sum(package.getinfo(name).file_size for name, _, _ in found)


def with_members(file: IO[bytes], contents: IO[bytes], sizes: Mapping[str, int], out: IO[bytes]) -> None:
    """Write the package with other members in the place of some; order, dates and packing stay. The new ones stand one
    after another in ``contents``, ``sizes`` are their bytes."""
    with zipfile.ZipFile(file) as package, zipfile.ZipFile(out, "w") as new:
        new.comment = package.comment
        places, at = dict[str, int](), 0
        for name, size in sizes.items():
            places[name], at = at, at + size
        for info in package.infolist():
            copied = zipfile.ZipInfo(info.filename, info.date_time)
            copied.compress_type, copied.external_attr = info.compress_type, info.external_attr
            copied.create_system = info.create_system
            with new.open(copied, "w", force_zip64=sizes.get(info.filename, 0) > 1 << 30) as member:
                if info.filename in sizes:
                    contents.seek(places[info.filename])
                    _copy(contents, member, sizes[info.filename])
                else:
                    with package.open(info) as old:
                        shutil.copyfileobj(old, member)


def _copy(source: IO[bytes], target: Any, size: int) -> None:
    while size > 0:
        block = source.read(min(size, 1 << 20))
        target.write(block)
        size -= len(block)
