"""Files that grow a block at a time and go on where they stopped: after a kill at any moment, seconds are lost.

``OUT.part`` grows, and ``OUT.part.json`` says how many of its bytes and of the input count; what stands behind them was
being written when the process ended, and is cut off. At the end ``OUT.part`` becomes ``OUT``.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, Self

from translator.corpus.files import lines_of, open_bytes
from translator.corpus.synthetic import companion
from translator.errors import InputError, OutputError, UsageError
from translator.files import in_place_of, take, write_file
from translator.text.normalise import normalise
from translator.translation.back_translation import BackTranslation

BLOCK = 2048  # lines of a back-translation that are saved together
SECONDS = 2  # between two saves, at least


Make = Callable[[IO[bytes], IO[bytes]], None]
"""Writes to the second file what it makes of the first."""


def changes(before: dict[str, Any], now: dict[str, Any]) -> str:
    """What of a recipe is another now than ``before``, in words; empty if nothing is."""
    return "; ".join(f"{key} was {before.get(key)!r}, now {now[key]!r}" for key in now if before.get(key) != now[key])


class Growing:
    """``OUT.part``, made from ``source``. ``recipe`` is all that changes the result."""

    def __init__(self, out: Path, source: Path, recipe: dict[str, Any]) -> None:
        """See what was done before. Raises ``UsageError`` if otherwise, ``InputError`` if what says so is damaged."""
        self.out, self.source, self.recipe = out, source, recipe
        self.part = out.with_name(out.name + ".part")
        self.progress: dict[str, Any] = {}  # what :meth:`append` was told last; empty at the beginning
        self._bytes, self._digest = 0, ""
        self._saved = -math.inf  # when, in seconds
        self._file: IO[bytes]
        if self.part.exists() and self._state.exists():
            self._read_state()

    @property
    def _state(self) -> Path:
        return companion(self.part)

    def _read_state(self) -> None:
        try:
            state = json.loads(self._state.read_text("utf-8"))
            told = changes(state.pop("recipe"), self.recipe)
            bytes, digest = int(state.pop("bytes")), str(state.pop("digest"))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"{self._state} cannot be read: {error}", f"remove {self.part} to begin anew") from error
        if told:
            raise UsageError(
                f"{self.part} was begun otherwise: {told}", f"give the same, or remove {self.part} to begin anew"
            )
        if self.part.stat().st_size >= bytes:
            self._bytes, self._digest, self.progress = bytes, digest, state

    def __enter__(self) -> Self:
        """Open it. Raises ``OutputError`` if it cannot be written, ``UsageError`` if another process does so."""
        try:
            self._file = self.part.open("ab")
            if not take(self._file.fileno()):
                self._file.close()
                raise UsageError(
                    f"{self.part} is being written by another process", "wait for it, or name another file"
                )
            if not self.progress:
                self._state.unlink(missing_ok=True)
            self._file.truncate(self._bytes)
        except OSError as error:
            raise OutputError(
                f"{self.out} could not be written: {error.strerror}", "name a file in a writable folder"
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        """Close it; what counts for nothing is removed."""
        if self.progress and not self._file.closed:
            self._save()
        self._file.close()
        if not self.progress:
            self.part.unlink(missing_ok=True)

    def check(self, digest: str) -> None:
        """Raises ``UsageError`` unless ``digest`` is that of as much of the input as was done before."""
        if self.progress and digest != self._digest:
            raise UsageError(
                f"{self.source} changed since {self.part} was begun",
                f"put it back, or remove {self.part} to begin anew",
            )

    def append(self, content: bytes, digest: str, **progress: Any) -> None:
        """Write a block, and what is to be known of the ``progress``; ``digest`` is of the input as far as it was read.

        Raises ``OutputError``.
        """
        with self._writing():
            self._bytes += self._file.write(content)
        self._digest, self.progress = digest, progress
        if time.monotonic() > self._saved + SECONDS:
            self._save()

    def _save(self) -> None:
        with self._writing():
            self._file.flush()
            os.fsync(self._file.fileno())
        state = {"recipe": self.recipe, **self.progress, "bytes": self._bytes, "digest": self._digest}
        write_file(self._state, json.dumps(state, indent=2, ensure_ascii=False) + "\n")
        self._saved = time.monotonic()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"{self.part} could not be written: {error.strerror}", "make room; the same command goes on"
            ) from error

    def finish(self, make: Make | None = None) -> None:
        """Put the result in its place, or what ``make`` makes of it; a file that is replaced keeps its mode.

        Raises ``OutputError``.
        """
        with self._writing():
            self._file.close()
        if make:
            with (
                self.part.open("rb") as grown,
                in_place_of(self.out, force=True) as descriptor,
                os.fdopen(descriptor, "wb") as file,
            ):
                make(grown, file)
            self.part.unlink()
        else:
            try:
                if self.out.exists():
                    self.part.chmod(self.out.stat().st_mode & 0o7777)
                self.part.replace(self.out)
            except OSError as error:
                raise OutputError(
                    f"{self.out} could not be written: {error.strerror}", "nothing was changed"
                ) from error
        self._state.unlink(missing_ok=True)


@dataclass
class Done:
    """How far a back-translation has come."""

    lines: int = 0  # read
    kept: int = 0  # written
    dropped: Counter[str] = field(default_factory=Counter)  # by fault
    seconds: float = 0.0  # spent, over all the processes that worked on it

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return vars(self) | {"dropped": dict(self.dropped)}


Translate = Callable[[Iterator[list[str]]], Iterator[list[BackTranslation]]]
"""Makes of blocks of lines, in their order, what is to be written; it may read some ahead."""


class Job:
    """The back-translation of one file into another; ``recipe`` goes into the companion file of the result."""

    def __init__(
        self, mono: Path, out: Path, recipe: dict[str, Any], *, english_first: bool, limit: int | None
    ) -> None:
        """See what was done before. Raises ``UsageError`` if that was another job, ``InputError`` on a damaged one."""
        self.mono, self.out, self.recipe, self.limit = mono, out, recipe, limit
        self.english_first = english_first  # the machine's side is the English one
        self._growing = Growing(out, mono, recipe)
        self.part = self._growing.part
        before = self._growing.progress
        self.done = Done(**before | {"dropped": Counter(before.get("dropped", {}))})
        self.resumed_at = self.done.lines
        self._hash = hashlib.sha256()
        self._digests: deque[str] = deque()  # of the lines up to the end of each block that is under way

    def run(self, translate: Translate, seen: set[int] | None = None) -> Iterator[Done]:
        """Translate what is left, and yield after each block; ``seen`` is given the lines that were done before.

        Raises ``InputError`` on a bad input, ``UsageError`` if it changed, ``OutputError`` if nothing can be written.
        """
        seen = set() if seen is None else seen
        with open_bytes(self.mono) as file, self._growing as growing:
            lines = islice(self._lines(file), self.limit)
            seen.update(hash(normalise(line)) for line in islice(lines, self.done.lines))
            growing.check(self._hash.hexdigest())
            begin = time.perf_counter()
            for found in translate(self._blocks(lines)):
                self._count(found, time.perf_counter() - begin)
                growing.append(self._written(found), self._digests.popleft(), **self.done.to_dict())
                begin = time.perf_counter()
                yield self.done
            self._finish()

    def _blocks(self, lines: Iterator[str]) -> Iterator[list[str]]:
        while block := list(islice(lines, BLOCK)):
            self._digests.append(self._hash.hexdigest())
            yield block

    def _lines(self, file: Any) -> Iterator[str]:
        for number, raw in enumerate(lines_of(self.mono, file), start=1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise InputError(
                    f"{self.mono}, line {number}: not UTF-8 (byte 0x{raw[error.start]:02X})",
                    "convert it, for example with: iconv -f latin1 -t utf-8",
                ) from error
            self._hash.update(raw)
            yield line.rstrip("\r\n")

    def _count(self, found: Sequence[BackTranslation], seconds: float) -> None:
        self.done.lines += len(found)
        self.done.kept += sum(not one.fault for one in found)
        self.done.dropped.update(one.fault for one in found if one.fault)
        self.done.seconds += seconds

    def _written(self, found: Sequence[BackTranslation]) -> bytes:
        """What is kept, as pairs; each block of a ``.gz`` is a member of its own, which may follow one another."""
        kept = [one for one in found if not one.fault]
        pairs = ((one.machine, one.real) if self.english_first else (one.real, one.machine) for one in kept)
        text = "".join(f"{en}\t{pt}\n" for en, pt in pairs).encode()
        return gzip.compress(text, mtime=0) if self.out.suffix == ".gz" else text

    def _finish(self) -> None:
        """Put the result in its place, its companion first: text without it would count as people's."""
        if not self.done.lines:
            raise InputError(f"{self.mono} holds no line", "a sentence a line is expected")
        told = self.recipe | self.done.to_dict() | {"sha256_of_input": self._hash.hexdigest()}
        write_file(companion(self.out), json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        self._growing.finish()
