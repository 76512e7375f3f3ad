"""Zips of XML: Word, OpenDocument and EPUB. What is translated lies in some of their members."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from translator.documents.document import Slot
from translator.documents.html import Grammar, html_slots, walk
from translator.documents.markup import names, tags_of, value_of
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
_STYLE = re.compile(r"<style:style\b[^>]*?(?<!/)>(.*?)</style:style>", re.DOTALL)
_CONTENTS = Grammar(frozenset(), within=names("text"))  # of an NCX, the table of contents of older readers
_BOOK = Grammar(frozenset(), within=names("dc:title dc:description"))


def _odt_slots(text: str) -> list[Slot]:
    """A span whose style says no more than when it was written, which LibreOffice makes by the dozen, is idle."""
    idle = {
        f'<text:span text:style-name="{value_of(found[0], "style:name")}">'
        for found in _STYLE.finditer(text)
        if re.fullmatch(r'\s*<style:text-properties(?:\s+officeooo:\S*rsid="\w*")*\s*/>\s*', found[1])
    }
    return _walked(text, replace(_ODT, idle=frozenset(idle)))


def _walked(text: str, grammar: Grammar) -> list[Slot]:
    return sorted(walk(text, tags_of(text), grammar), key=lambda slot: (slot.start, -slot.stop))


MEMBERS: Mapping[str, Mapping[str, Callable[[str], list[Slot]]]] = {
    "docx": {r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml": word_slots},
    "odt": {r"(?:content|styles)\.xml": _odt_slots},
    "epub": {
        r".*\.(?:xhtml|html|htm)": html_slots,
        r".*\.ncx": partial(_walked, grammar=_CONTENTS),
        r".*\.opf": partial(_walked, grammar=_BOOK),
    },
}
"""Of each kind, names of the members that are translated (a pattern), and what finds slots in them."""


def read_members(raw: bytes, kind: str) -> list[tuple[str, bytes, Callable[[str], list[Slot]]]]:
    """The members of a package that are translated, with what finds slots in each.

    Raises ``ValueError`` saying why it is no package of that kind.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            found = [
                (name, package.read(name), slots)
                for name in package.namelist()
                for pattern, slots in MEMBERS[kind].items()
                if re.fullmatch(pattern, name)
            ]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        raise ValueError(f"it is no {kind} file, or a damaged one ({error})") from error
    if not found:
        raise ValueError(f"it is a zip, but holds nothing that a {kind} file holds")
    return found


def with_members(raw: bytes, members: Mapping[str, bytes]) -> bytes:
    """The package with other ``members`` in the place of those of that name; order, dates and packing stay."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as package, zipfile.ZipFile(written, "w") as new:
        new.comment = package.comment
        for info in package.infolist():
            content = members[info.filename] if info.filename in members else package.read(info)
            copied = zipfile.ZipInfo(info.filename, info.date_time)
            copied.compress_type, copied.external_attr = info.compress_type, info.external_attr
            copied.create_system = info.create_system
            new.writestr(copied, content)
    return written.getvalue()
