"""A long translation of a file that goes on where it stopped: after a kill at any moment, a block of lines is lost.

``OUT.part`` grows a block at a time, and ``OUT.part.json`` says how many of its bytes and of the input's lines count;
what stands behind them was being written when the process ended, and is cut off. At the end ``OUT.part`` becomes
``OUT``, and ``OUT.json`` says how it was made.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from translator.corpus.files import lines_of, open_bytes
from translator.corpus.synthetic import companion
from translator.errors import InputError, OutputError, UsageError
from translator.text.normalise import normalise
from translator.translation.back_translation import BackTranslation

BLOCK = 2048  # lines translated between two saves


@dataclass
class Done:
    """How far a job has come."""

    lines: int = 0  # read
    kept: int = 0  # written
    dropped: Counter[str] = field(default_factory=Counter)  # by fault
    seconds: float = 0.0  # spent, over all the processes that worked on it
    bytes: int = 0  # of the output that count
    digest: str = ""  # SHA-256 of the lines read

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return vars(self) | {"dropped": dict(self.dropped)}


Translate = Callable[[Iterator[list[str]]], Iterator[list[BackTranslation]]]
"""Makes of blocks of lines, in their order, what is to be written; it may read some ahead."""


class Job:
    """One file into another. ``recipe`` is all that changes the result; it goes into the companion file."""

    def __init__(
        self, mono: Path, out: Path, recipe: dict[str, Any], *, english_first: bool, limit: int | None
    ) -> None:
        """See what was done before. Raises ``UsageError`` if that was another job, ``InputError`` on a damaged one."""
        self.mono, self.out, self.recipe, self.limit = mono, out, recipe, limit
        self.english_first = english_first  # the machine's side is the English one
        self.part = out.with_name(out.name + ".part")
        self.done = self._read_state()
        self.resumed_at = self.done.lines
        self._hash = hashlib.sha256()
        self._digests: deque[str] = deque()  # of the lines up to the end of each block that is under way

    def run(self, translate: Translate, seen: set[int] | None = None) -> Iterator[Done]:
        """Translate what is left, and yield after each block; ``seen`` is given the lines that were done before.

        Raises ``InputError`` on a bad input, ``UsageError`` if it changed, ``OutputError`` if nothing can be written.
        """
        with open_bytes(self.mono) as file:
            lines = islice(self._lines(file), self.limit)
            self._pass_over(lines, set() if seen is None else seen)
            try:
                with self.part.open("ab") as output:
                    output.truncate(self.done.bytes)
                    begin = time.perf_counter()
                    for found in translate(self._blocks(lines)):
                        self._append(output, found)
                        self.done.seconds += time.perf_counter() - begin
                        begin = time.perf_counter()
                        self._write_state()
                        yield self.done
                self._finish()
            except OSError as error:
                raise OutputError(
                    f"{self.part} could not be written: {error.strerror}", "make room; the same command goes on"
                ) from error

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

    def _pass_over(self, lines: Iterator[str], seen: set[int]) -> None:
        """Read again what was translated before, and see that it is the same."""
        for line in islice(lines, self.done.lines):
            seen.add(hash(normalise(line)))
        if self.done.lines and self._hash.hexdigest() != self.done.digest:
            raise UsageError(
                f"{self.mono} changed since {self.part} was begun", f"put it back, or remove {self.part} to begin anew"
            )

    def _append(self, output: Any, found: Sequence[BackTranslation]) -> None:
        """Write what is kept; each block of a ``.gz`` is a member of its own, which may follow one another."""
        kept = [one for one in found if not one.fault]
        pairs = ((one.machine, one.real) if self.english_first else (one.real, one.machine) for one in kept)
        text = "".join(f"{en}\t{pt}\n" for en, pt in pairs).encode()
        self.done.bytes += output.write(gzip.compress(text, mtime=0) if self.out.suffix == ".gz" else text)
        output.flush()
        os.fsync(output.fileno())
        self.done.lines += len(found)
        self.done.kept += len(kept)
        self.done.dropped.update(one.fault for one in found if one.fault)
        self.done.digest = self._digests.popleft()

    def _write_state(self) -> None:
        _write_json(companion(self.part), {"recipe": self.recipe, **self.done.to_dict()})

    def _read_state(self) -> Done:
        path = companion(self.part)
        if not self.part.exists() or not path.exists():
            return Done()
        try:
            state = json.loads(path.read_text("utf-8"))
            before = state.pop("recipe")
            done = Done(**state | {"dropped": Counter(state["dropped"])})
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"{path} cannot be read: {error}", f"remove {self.part} to begin anew") from error
        changed = [key for key in self.recipe if before.get(key) != self.recipe[key]]
        if changed:
            told = "; ".join(f"{key} was {before.get(key)!r}, now {self.recipe[key]!r}" for key in changed)
            raise UsageError(
                f"{self.part} was begun otherwise: {told}", f"give the same, or remove {self.part} to begin anew"
            )
        return done

    def _finish(self) -> None:
        """Put the result in its place, its companion first: text without it would count as people's."""
        if not self.done.lines:
            self.part.unlink(missing_ok=True)
            raise InputError(f"{self.mono} holds no line", "a sentence a line is expected")
        told = {key: value for key, value in self.done.to_dict().items() if key != "bytes"}
        told["sha256_of_input"] = told.pop("digest")
        _write_json(companion(self.out), self.recipe | told)
        self.part.replace(self.out)
        companion(self.part).unlink(missing_ok=True)


def _write_json(path: Path, data: dict[str, Any]) -> None:
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
