"""TMX 1.4: translation memories as XML, read and written a unit at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import escape

from translator.corpus.files import blocks_of, open_bytes
from translator.errors import InputError

_CODE = frozenset(["bpt", "ept", "it", "ph", "ut", "sub"])  # inline elements that hold another program's codes
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<tmx version="1.4">
  <header creationtool="translator" creationtoolversion="1" segtype="sentence" o-tmf="pairs" adminlang="en"
    srclang="en" datatype="plaintext"/>
  <body>
"""
FOOT = "  </body>\n</tmx>\n"


Unit = tuple[int, str, str, str]
"""A translation unit: the line it begins on, its English and Portuguese texts, and what is wrong with it."""


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
        self._line = 0  # that the unit begins on; 0 outside of one
        self._texts: dict[str, str] = {}  # of the unit: the first in each language
        self._entity = ""  # its last one whose meaning only the DTD knows, which is not read
        self._language = ""
        self._pieces: list[str] | None = None
        self._code = 0  # depth inside inline codes
        self._code_text = ""  # of the code, which a reader sees if it is a placeholder: <ph>{0}</ph>

    def _refuse(self, *_: object) -> None:
        raise InputError("it declares XML entities, which a translation memory does not need")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "tu":
            self._line, self._texts, self._entity = self.parser.CurrentLineNumber, {}, ""
        elif name == "tuv":
            self._language = attributes.get("xml:lang", attributes.get("lang", "")).lower().replace("_", "-")
        elif name == "seg":
            self._pieces = []
        elif name in _CODE:
            self._code, self._code_text = self._code + 1, ""

    def _end(self, name: str) -> None:
        if name in _CODE:
            self._code -= 1
            if (
                name == "ph"
                and not self._code
                and self._code_text.strip()
                and self._code_text.lstrip()[0] not in "<\\&"
            ):
                self._text(self._code_text)
        elif name == "seg" and self._line and self._pieces is not None:
            self._texts.setdefault(self._language.split("-")[0], "".join(self._pieces))
            self._pieces = None
        elif name == "tu" and self._line:
            missing = [name for code, name in (("en", "English"), ("pt", "Portuguese")) if code not in self._texts]
            fault = f"no {' and no '.join(missing)} text" if missing else ""
            if self._entity:
                fault = f"nothing says what the entity &{self._entity}; stands for"
            self.units.append((self._line, self._texts.get("en", ""), self._texts.get("pt", ""), fault))
            self._line = 0

    def _text(self, text: str) -> None:
        if self._code:
            self._code_text += text
        elif self._pieces is not None:
            self._pieces.append(text)

    def _skipped(self, name: str, is_parameter: bool) -> None:
        """Keep an entity as it is written, where the parser would pass over it."""
        if not is_parameter and self._line and self._pieces is not None and not self._code:
            self._text(f"&{name};")
            self._entity = name


def read_units(path: Path) -> Iterator[Unit]:
    """Yield the units of a TMX file in order, never more of it in memory than a block.

    Raises ``InputError`` naming the line where it is not XML, or where it declares entities.
    """
    reader = _Reader()
    with open_bytes(path) as file:
        for block in chain(blocks_of(path, file), [b""]):
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


def unit_text(en: str, pt: str) -> str:
    """A unit as XML; characters that XML cannot hold must have been taken out."""
    sides = (
        f'      <tuv xml:lang="{code}"><seg>{escape(text)}</seg></tuv>\n' for code, text in (("en", en), ("pt", pt))
    )
    return f"    <tu>\n{''.join(sides)}    </tu>\n"
