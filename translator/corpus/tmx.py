"""TMX 1.4: translation memories as XML, read and written a unit at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from translator.corpus.files import DAMAGE, open_bytes
from translator.errors import InputError

_CODE = frozenset(["bpt", "ept", "it", "ph", "ut", "sub"])  # inline elements that hold another program's codes
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<tmx version="1.4">
  <header creationtool="translator" creationtoolversion="1" segtype="sentence" o-tmf="pairs" adminlang="en"
    srclang="en" datatype="plaintext"/>
  <body>
"""
FOOT = "  </body>\n</tmx>\n"


@dataclass
class Unit:
    """A translation unit: the line it begins on, and its first text in each language."""

    line: int
    texts: dict[str, str] = field(default_factory=dict)
    entity: str = ""  # the last one whose meaning only the DTD knows, which is not read

    @property
    def en(self) -> str:
        """The English text, empty if there is none."""
        return self.texts.get("en", "")

    @property
    def pt(self) -> str:
        """The Portuguese text, empty if there is none."""
        return self.texts.get("pt", "")

    @property
    def fault(self) -> str:
        """The fault of the unit; empty if it has both sides."""
        if self.entity:
            return f"nothing says what the entity &{self.entity}; stands for"
        missing = [name for code, name in (("en", "English"), ("pt", "Portuguese")) if code not in self.texts]
        return f"no {' and no '.join(missing)} text" if missing else ""


class _Reader:
    """What the XML parser calls; finished units gather in ``units``."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._refuse  # no entity bombs, nothing from elsewhere
        self.parser.SkippedEntityHandler = self._skipped
        self.units: list[Unit] = []
        self._unit: Unit | None = None
        self._language = ""
        self._pieces: list[str] | None = None
        self._code = 0  # depth inside inline codes

    def _refuse(self, *_: object) -> None:
        raise InputError("it declares XML entities, which a translation memory does not need")

    def _skipped(self, name: str, is_parameter: bool) -> None:
        """Keep an entity as it is written, where the parser would pass over it."""
        if not is_parameter and self._unit is not None and self._pieces is not None and not self._code:
            self._pieces.append(f"&{name};")
            self._unit.entity = name

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "tu":
            self._unit = Unit(self.parser.CurrentLineNumber)
        elif name == "tuv":
            self._language = attributes.get("xml:lang", attributes.get("lang", "")).lower().replace("_", "-")
        elif name == "seg":
            self._pieces = []
        elif name in _CODE:
            self._code += 1

    def _end(self, name: str) -> None:
        if name in _CODE:
            self._code -= 1
        elif name == "seg" and self._unit is not None and self._pieces is not None:
            self._unit.texts.setdefault(self._language.split("-")[0], "".join(self._pieces))
            self._pieces = None
        elif name == "tu" and self._unit is not None:
            self.units.append(self._unit)
            self._unit = None

    def _text(self, text: str) -> None:
        if self._pieces is not None and not self._code:
            self._pieces.append(text)


def read_units(path: Path) -> Iterator[Unit]:
    """Yield the units of a TMX file in order, never more of it in memory than a block.

    Raises ``InputError`` naming the line where it is not XML, or where it declares entities.
    """
    reader = _Reader()
    with open_bytes(path) as file:
        for block in _blocks(path, file):
            try:
                reader.parser.Parse(block, not block)
            except expat.ExpatError as error:
                raise InputError(f"{path}, line {error.lineno}: not XML ({expat.ErrorString(error.code)})") from error
            except (LookupError, ValueError) as error:  # an encoding that nobody knows, or of several bytes a letter
                raise InputError(f"{path}: {error}", "save it as UTF-8, and say so in its first line") from error
            except InputError as error:
                raise InputError(f"{path}, line {reader.parser.CurrentLineNumber}: {error}") from error
            yield from reader.units
            reader.units.clear()


def _blocks(path: Path, file: IO[bytes]) -> Iterator[bytes]:
    """The file in blocks, an empty one last."""
    try:
        while block := file.read(1 << 16):
            yield block
    except DAMAGE as error:
        raise InputError(f"{path} cannot be read to its end: {error}", "is it a complete file?") from error
    yield b""


def unit_text(en: str, pt: str) -> str:
    """A unit as XML; characters that XML cannot hold must have been taken out."""
    lines = [
        f"      <tuv xml:lang={quoteattr(code)}><seg>{escape(text)}</seg></tuv>\n"
        for code, text in (("en", en), ("pt", pt))
    ]
    return f"    <tu>\n{''.join(lines)}    </tu>\n"
