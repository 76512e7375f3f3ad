"""Shards of text, JSONL and Parquet: read in order, each written whole, with its record in the folder's manifest."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from translator.commands.console import json_line, write_bytes
from translator.corpus.files import lines_of, open_bytes
from translator.errors import InputError, OutputError, UsageError
from translator.translation.resumable import changes

_PACKED = (".gz", ".zst")
_KINDS = {".txt": "txt", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
_ADDED = ("translation", "warnings")  # keys, columns
Block = tuple[Any, bytes, list[str | InputError]]
"""Rows, their bytes to tell a change by, and the text of each, or what is wrong with it."""


@dataclass(frozen=True)
class Translated:
    """What a worker makes of the texts of a shard, one entry a text."""

    targets: list[str]
    warnings: list[list[str]]
    sentences: int
    seconds: float


@dataclass(frozen=True)
class Shard:
    """A run of lines, or rows, of one input."""

    source: Path
    name: str  # of the file it becomes
    first: int  # its first line, from 1
    texts: list[str]  # "" where there is none
    rows: Sequence[Any]  # as they were
    digest: str  # SHA-256 of the rows
    faults: dict[int, str] = field(default_factory=dict)  # why a row, by its place, cannot be read

    def content(self, done: Translated) -> bytes:
        """The translated shard as a whole file."""
        return {"txt": _text, "jsonl": _jsonl, "parquet": _parquet}[self.name.rpartition(".")[2]](self, done)


def _line_blocks(path: Path, size: int, text_of: Callable[[bytes], str]) -> Iterator[Block]:
    def text(raw: bytes) -> str | InputError:
        try:
            return text_of(raw)
        except UnicodeDecodeError as error:
            return InputError(f"not UTF-8 (byte 0x{raw[error.start]:02X})")
        except (ValueError, RecursionError) as error:
            return InputError(str(error))

    with open_bytes(path) as file:
        lines = lines_of(path, file)
        while block := list(islice(lines, size)):
            yield block, b"".join(block), [text(raw) for raw in block]


def _line(raw: bytes) -> str:
    return raw.decode().rstrip("\r\n")


def _text(shard: Shard, done: Translated) -> bytes:
    """What is not UTF-8 stays as it was."""
    rows = (raw.rstrip(b"\r\n") if i in shard.faults else done.targets[i].encode() for i, raw in enumerate(shard.rows))
    return b"".join(row + b"\n" for row in rows)


def _field(raw: bytes, column: str) -> str:
    """The text in a line of JSONL, which is one key of an object. Raises ``ValueError``."""
    record = json.loads(raw)
    if not isinstance(record, dict) or not isinstance(record.get(column), str):
        raise ValueError(f'not an object with a text "{column}"')
    if taken := [key for key in _ADDED if key in record]:
        raise ValueError(f'it has a key "{taken[0]}" already')
    return str(record[column])


def _jsonl(shard: Shard, done: Translated) -> bytes:
    """Other keys are kept; a line that cannot be read becomes an object that says so."""
    lines = []
    for i, (raw, *added) in enumerate(zip(shard.rows, done.targets, done.warnings, strict=True)):
        fault = {"line": shard.first + i, "error": shard.faults.get(i)}
        lines.append(json_line(fault if i in shard.faults else json.loads(raw) | dict(zip(_ADDED, added, strict=True))))
    return "".join(line + "\n" for line in lines).encode()


def _parquet_blocks(path: Path, size: int, column: str) -> Iterator[Block]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise UsageError("Parquet needs pyarrow", "install it with: pip install 'translator[cluster]'") from error
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if column not in names or any(name in names for name in _ADDED):
                raise UsageError(
                    f"{path} needs a column {column}, and none of {', '.join(_ADDED)}",
                    f"its columns: {', '.join(names)}; --column names the one to translate",
                )
            for block in file.iter_batches(batch_size=size):
                texts = block.column(column).cast(pa.string()).to_pylist()
                yield block, block.serialize().to_pybytes(), [text or "" for text in texts]
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path} cannot be read: {error}", "is it a complete Parquet file?") from error


def _parquet(shard: Shard, done: Translated) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_batches([shard.rows])
    table = table.append_column(_ADDED[0], pa.array(done.targets, pa.string()))
    table = table.append_column(_ADDED[1], pa.array(done.warnings, pa.list_(pa.string())))
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def output_names(paths: Sequence[Path]) -> dict[Path, str]:
    """The name of each input's shards, ``{}`` for their number. Raises ``UsageError`` where two are one, or unknown."""
    names: dict[str, Path] = {}
    for path in paths:
        plain = Path(path.name.removesuffix(path.suffix) if path.suffix in _PACKED else path.name)
        kind = _KINDS.get(plain.suffix.lower())
        if kind is None or (kind == "parquet" and path.suffix in _PACKED):
            raise UsageError(
                f"{path}: a format that is not known here",
                "by their names: .txt, .jsonl (plain, .gz or .zst), .parquet",
            )
        name = f"{plain.stem}-{{:06}}.{kind}"
        if name in names:
            raise UsageError(f"{names[name]} and {path} would be written to the same files", "translate them apart")
        names[name] = path
    return {path: name for name, path in names.items()}


def shards(paths: Iterable[Path], size: int, column: str) -> Iterator[Shard]:
    """All of the inputs, ``size`` lines at a time, in order. Raises ``InputError``, ``UsageError``."""
    for path, name in output_names(list(paths)).items():
        if name.endswith(".parquet"):
            blocks = _parquet_blocks(path, size, column)
        else:
            text_of = _line if name.endswith(".txt") else partial(_field, column=column)
            blocks = _line_blocks(path, size, text_of)
        first = 1
        for number, (rows, raw, texts) in enumerate(blocks):
            faults = {i: text.message for i, text in enumerate(texts) if isinstance(text, InputError)}
            plain = [text if isinstance(text, str) else "" for text in texts]
            if first == 1 and plain:
                plain[0] = plain[0].removeprefix("\ufeff")
            yield Shard(path, name.format(number), first, plain, rows, hashlib.sha256(raw).hexdigest(), faults)
            first += len(texts)


class Manifest:
    """``bulk.jsonl`` in the folder: what was asked on its first line, then each shard that was written, with its
    figures. A shard counts as done once its line is there, which is written after its file."""

    def __init__(self, folder: Path, recipe: dict[str, Any], *, force: bool) -> None:
        """Raises ``UsageError`` where the folder was begun otherwise, ``InputError`` where the file is damaged."""
        self.folder, self.path = folder, folder / "bulk.jsonl"
        self.done: dict[str, dict[str, Any]] = {}
        if force and self.path.exists():  # shards of before, of which there may have been more, go
            for name in re.findall(rb'^{"shard": "([^"/]+)"', self.path.read_bytes(), re.MULTILINE):
                (folder / name.decode()).unlink(missing_ok=True)
            self.path.unlink()
        if not self.path.exists():
            if not force and any(path.name != ".lock" for path in folder.iterdir()):
                raise UsageError(
                    f"{folder} is not empty", "name another --to-dir, or add --force to replace files there"
                )
            write_bytes(self.path, (json.dumps({"recipe": recipe}) + "\n").encode())
            return
        text = self.path.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]  # what stands behind was being written
        try:
            head, *records = [json.loads(line) for line in whole.splitlines()]
            changed = changes(dict(head["recipe"]), recipe)
            self.done = {record["shard"]: record for record in records}
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{self.path} cannot be read: {error}", "begin anew with --force") from error
        if changed:
            raise UsageError(
                f"{folder} was begun otherwise: {changed}",
                "give the same, another --to-dir, or --force to begin anew",
            )
        if whole != text:
            write_bytes(self.path, whole, force=True)

    def has(self, shard: Shard) -> bool:
        """Whether ``shard`` was written. Raises ``UsageError`` if its input changed since."""
        record = self.done.get(shard.name)
        if record is not None and record["sha256_of_input"] != shard.digest:
            raise UsageError(
                f"{shard.source} changed since {self.folder} was begun", "put it back, or begin anew with --force"
            )
        return record is not None and (self.folder / shard.name).exists()

    def add(self, shard: Shard, done: Translated, worker: str) -> None:
        """Write ``shard``, then its record. Raises ``OutputError``."""
        write_bytes(self.folder / shard.name, shard.content(done), force=True)
        self.done[shard.name] = record = {
            "shard": shard.name,
            "first_line": shard.first,
            "lines": len(shard.texts),
            "skipped": sum(not text.strip() for text in shard.texts),
            "flagged": [shard.first + i for i, warnings in enumerate(done.warnings) if warnings],
            "sentences": done.sentences,
            "seconds": round(done.seconds, 3),
            "worker": worker,
            "sha256_of_input": shard.digest,
        }
        try:
            with self.path.open("ab") as file:
                file.write((json.dumps(record) + "\n").encode())
        except OSError as error:
            raise OutputError(
                f"{self.path} could not be written: {error.strerror}", "make room; the same command goes on"
            ) from error
