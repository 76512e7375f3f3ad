"""Public parallel corpora from OPUS (Tiedemann 2012): fetched, checked, unpacked to pairs.

A file that broke off goes on where it stopped, if the server still has the same one. What was fetched is recorded
beside the pairs with its SHA-256 and its licence, which the archive itself carries.
"""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from translator.corpus.pairs import Pair
from translator.corpus.writing import writing
from translator.errors import InputError, OutputError, TranslatorError, UsageError
from translator.files import sha256

BASE = "https://object.pouta.csc.fi"
_BLOCK = 1 << 16
_PATIENCE = 60.0  # seconds without a byte


@dataclass(frozen=True)
class Source:
    """A corpus of OPUS by name and version."""

    name: str
    version: str
    what: str = ""
    licence: str = ""  # where it is not said here, the archive says it
    sha256: str = ""  # of the archive; empty where nobody has looked yet

    def address(self, base: str) -> str:
        """Where its English–Portuguese pairs lie."""
        return f"{base.rstrip('/')}/OPUS-{self.name}/{self.version}/moses/en-pt.txt.zip"


CATALOGUE = {
    source.name.lower(): source
    for source in (
        Source("Tatoeba", "v2023-04-12", "everyday sentences, by volunteers", "CC BY 2.0 FR"),
        Source("Europarl", "v8", "proceedings of the European Parliament"),
        Source("OpenSubtitles", "v2018", "film subtitles, European Portuguese"),
        Source("ParaCrawl", "v5", "web pages, matched by machines"),
        Source("SciELO", "v1", "abstracts of scientific articles"),
        Source("TED2013", "v1.1", "transcribed talks"),
        Source("EUbookshop", "v2", "publications of the European Union"),
    )
}


def find_source(name: str) -> Source:
    """The corpus called ``name``, or any of OPUS as NAME/VERSION. Raises ``UsageError``."""
    if found := CATALOGUE.get(name.lower()):
        return found
    corpus, _, version = name.partition("/")
    if all(re.sub("[-._]", "", part).isalnum() for part in (corpus, version)):
        return Source(corpus, version)
    known = ", ".join(source.name for source in CATALOGUE.values())
    raise UsageError(f"no corpus called {name}", f"there are {known}; or any other of OPUS as NAME/VERSION")


def fetch(
    address: str, path: Path, *, expected: str | None, told: Callable[[int, int | None], None]
) -> tuple[str, int]:
    """Fetch ``address`` to ``path``; ``told`` hears the bytes so far and the bytes in all, where those are known.

    Returns its SHA-256, and how many bytes were there already. Raises ``TranslatorError`` when the connection fails
    (what came is kept, and the next call goes on), ``InputError`` when the server has no such file or it is not the one
    ``expected`` by its SHA-256.
    """
    part, note = path.with_name(path.name + ".part"), path.with_name(path.name + ".part.json")
    tag = str(_record(note).get("tag", ""))  # of the file that was begun
    begun = part.stat().st_size if part.exists() and tag else 0
    try:
        request = urllib.request.Request(
            address, headers={"Range": f"bytes={begun}-", "If-Range": tag} if begun else {}
        )
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            if answer.status != 206:
                begun = 0  # another file than the one begun, or a server that knows no parts
            tag = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
            # without it, or with one that does not promise the same bytes, the rest of another file might be appended
            note.write_text(json.dumps({} if tag.startswith("W/") else {"tag": tag}), "utf-8")
            length = answer.headers.get("Content-Length")
            size, total = begun, begun + int(length) if length else None
            with part.open("ab" if begun else "wb") as file:
                told(size, total)
                while block := answer.read(_BLOCK):
                    size += file.write(block)
                    told(size, total)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != 416:  # which says that all of it was there
            raise InputError(f"{address}: {error.code} {error.reason}", "is the name and the version right?") from error
        size = total = begun
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise TranslatorError(
            f"{address} cannot be reached: {getattr(error, 'reason', error)}",
            "what came is kept: the same command goes on",
        ) from error
    except (ValueError, http.client.HTTPException) as error:  # no address at all, or an answer that is none
        raise UsageError(f"{address} cannot be fetched: {error}", "is the address right?") from error
    except OSError as error:
        raise OutputError(f"{part} could not be written: {error.strerror}", "what came is kept") from error
    if total is not None and size < total:
        raise TranslatorError(
            f"{address} broke off after {size:,} of {total:,} bytes", "what came is kept: the same command goes on"
        )
    digest = sha256(part)
    if expected is not None and digest != expected.lower():
        part.unlink()
        raise InputError(f"{address} has SHA-256 {digest}, not {expected}", "it is another file than the one you mean")
    part.replace(path)
    note.unlink(missing_ok=True)
    return digest, begun


def _record(path: Path) -> dict[str, Any]:
    """What a record says; nothing where there is none, or it is damaged."""
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def expected_digest(out: Path, source: Source, address: str, given: str | None, *, force: bool) -> str | None:
    """The SHA-256 that what lies at ``address`` should have: as ``given``, or as it had when it was fetched to ``out``
    before, or as the catalogue says; ``None`` where nobody knows.

    Raises ``InputError`` where the record of that cannot be read, and, without ``force``, ``UsageError`` where
    ``NAME.LICENSE`` is that of a corpus from elsewhere.
    """
    path, licence = out / f"{source.name}.json", out / f"{source.name}.LICENSE"
    known = _record(path)
    if licence.exists() and known.get("address") != address and not force:
        raise UsageError(
            f"{licence} exists already, and belongs to another corpus", "take another folder with --out, or add --force"
        )
    if not given and path.exists() and "sha256" not in known:
        raise InputError(f"{path} does not say what was fetched before", "remove it to fetch without comparing")
    return given or (known.get("address") == address and str(known["sha256"])) or source.sha256 or None


def unpack(
    archive: Path, origin: dict[str, str], source: Source, out: Path, *, force: bool = False
) -> tuple[int, int, str]:
    """Write the pairs of an archive to ``out``, and beside it its licence and its ``origin``: address and sha256.

    Returns how many pairs there are, how many lines were left out for an empty side, and the licence's first line.
    Raises ``InputError`` where the archive is damaged or holds no pairs.
    """
    licence, left_out = source.licence, 0
    try:
        with zipfile.ZipFile(archive) as packed:
            names = packed.namelist()
            en_name, pt_name = (
                next((name for name in names if name.endswith(f".{side}")), "") for side in ("en", "pt")
            )
            if not en_name or not pt_name:
                raise InputError(f"{archive} holds no files of English and Portuguese lines")
            text = packed.read("LICENSE").decode("utf-8", "replace") if "LICENSE" in names else ""
            with packed.open(en_name) as en_file, packed.open(pt_name) as pt_file, writing(out, force=force) as writer:
                for sides in zip_longest(en_file, pt_file):
                    if None in sides:
                        raise InputError(f"{en_name} and {pt_name} have different numbers of lines")
                    pair = Pair(*(side.decode("utf-8", "replace").strip() for side in sides))
                    if all(pair):
                        writer.write(pair)
                    else:
                        left_out += 1
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InputError(f"{archive} is no whole archive: {error}", "remove it and fetch it again") from error
    if text.strip():
        out.with_name(f"{source.name}.LICENSE").write_text(text, "utf-8")
        licence = text.strip().splitlines()[0].strip()
    record = origin | {"licence": licence, "pairs": writer.written}
    out.with_name(f"{source.name}.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return writer.written, left_out, licence
