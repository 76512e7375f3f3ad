"""Shards of text, JSONL and Parquet: read in order, each written whole, with its record in the folder's manifest."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from translator.commands.console import json_line, write_bytes
from translator.corpus.files import lines_of, open_bytes
from translator.errors import InputError, OutputError, UsageError

_PACKED = (".gz", ".zst")
_KINDS = {".txt": "txt", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
_ADDED = ("translation", "warnings")  # keys, columns


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


class _Format(Protocol):
    def read(self, path: Path, size: int) -> Iterator[tuple[Any, bytes, list[str | InputError]]]:
        """Rows, their bytes to tell a change by, and the text of each, or what is wrong with it."""

    def write(self, shard: Shard, done: Translated) -> bytes:
        """The shard as a whole file."""


class _Lines:
    """Text: a line is a text."""

    def text(self, raw: bytes) -> str:
        return raw.decode("utf-8").rstrip("\r\n")

    def read(self, path: Path, size: int) -> Iterator[tuple[Any, bytes, list[str | InputError]]]:
        with open_bytes(path) as file:
            lines = lines_of(path, file)
            while block := list(islice(lines, size)):
                yield block, b"".join(block), [self._text(raw) for raw in block]

    def _text(self, raw: bytes) -> str | InputError:
        try:
            return self.text(raw)
        except UnicodeDecodeError as error:
            return InputError(f"not UTF-8 (byte 0x{raw[error.start]:02X})")
        except (ValueError, RecursionError) as error:
            return InputError(str(error))

    def write(self, shard: Shard, done: Translated) -> bytes:
        """What is not UTF-8 stays as it was."""
        targets = [target.encode() for target in done.targets]
        return b"".join(
            (row.rstrip(b"\r\n") if i in shard.faults else targets[i]) + b"\n" for i, row in enumerate(shard.rows)
        )


class _Jsonl(_Lines):
    """JSONL: a line is an object, of which one key is a text; the others are kept."""

    def __init__(self, column: str) -> None:
        self.column = column

    def text(self, raw: bytes) -> str:
        record = json.loads(raw)
        if not isinstance(record, dict) or not isinstance(record.get(self.column), str):
            raise ValueError(f'not an object with a text "{self.column}"')
        if taken := [key for key in _ADDED if key in record]:
            raise ValueError(f'it has a key "{taken[0]}" already')
        return str(record[self.column])

    def write(self, shard: Shard, done: Translated) -> bytes:
        """A line that cannot be read becomes an object that says so."""
        lines = []
        for i, (raw, target, warnings) in enumerate(zip(shard.rows, done.targets, done.warnings, strict=True)):
            if i in shard.faults:
                lines.append(json_line({"line": shard.first + i, "error": shard.faults[i]}))
            else:
                lines.append(json_line(json.loads(raw) | {"translation": target, "warnings": warnings}))
        return "".join(line + "\n" for line in lines).encode()


class _Parquet:
    """Parquet: a column of strings; two columns are added."""

    def __init__(self, column: str) -> None:
        self.column = column
        try:
            import pyarrow  # noqa: F401
        except ImportError as error:
            raise UsageError("Parquet needs pyarrow", "install it with: pip install 'translator[cluster]'") from error

    def read(self, path: Path, size: int) -> Iterator[tuple[Any, bytes, list[str | InputError]]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with pq.ParquetFile(path) as file:
                names = file.schema_arrow.names
                if self.column not in names or any(name in names for name in _ADDED):
                    raise UsageError(
                        f"{path} needs a column {self.column}, and none of {', '.join(_ADDED)}",
                        f"its columns: {', '.join(names)}; --column names the one to translate",
                    )
                for block in file.iter_batches(batch_size=size):
                    texts = block.column(self.column).cast(pa.string()).to_pylist()
                    yield block, block.serialize().to_pybytes(), [text or "" for text in texts]
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{path} cannot be read: {error}", "is it a complete Parquet file?") from error

    def write(self, shard: Shard, done: Translated) -> bytes:
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows: Any = shard.rows
        table = pa.Table.from_batches([rows])
        table = table.append_column(_ADDED[0], pa.array(done.targets, pa.string()))
        table = table.append_column(_ADDED[1], pa.array(done.warnings, pa.list_(pa.string())))
        sink = io.BytesIO()
        pq.write_table(table, sink)
        return sink.getvalue()


def _kind(path: Path) -> str:
    """Raises ``UsageError`` on a name that is of no known format."""
    name = path.name.removesuffix(path.suffix) if path.suffix in _PACKED else path.name
    kind = _KINDS.get(Path(name).suffix.lower())
    if kind is None or (kind == "parquet" and path.suffix in _PACKED):
        raise UsageError(
            f"{path}: a format that is not known here", "by their names: .txt, .jsonl (plain, .gz or .zst), .parquet"
        )
    return kind


def output_names(paths: Sequence[Path]) -> dict[Path, str]:
    """The name of each input's shards, ``{}`` for their number. Raises ``UsageError`` where two are one, or unknown."""
    names: dict[str, Path] = {}
    for path in paths:
        kind = _kind(path)
        stem = path.name.removesuffix(path.suffix) if path.suffix in _PACKED else path.name
        name = f"{stem[: stem.rindex('.')]}-{{:06}}.{kind}"
        if name in names:
            raise UsageError(f"{names[name]} and {path} would be written to the same files", "translate them apart")
        names[name] = path
    return {path: name for name, path in names.items()}


def _format(path: Path, column: str) -> _Format:
    kind = _kind(path)
    return _Parquet(column) if kind == "parquet" else _Jsonl(column) if kind == "jsonl" else _Lines()


def shards(paths: Iterable[Path], size: int, column: str) -> Iterator[Shard]:
    """All of the inputs, ``size`` lines at a time, in order. Raises ``InputError``, ``UsageError``."""
    for path, name in output_names(list(paths)).items():
        first = 1
        for number, (rows, raw, texts) in enumerate(_format(path, column).read(path, size)):
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
        if force and self.path.exists():  # shards of before, of which there may have been more, go
            for name in re.findall(rb'^{"shard": "([^"/]+)"', self.path.read_bytes(), re.MULTILINE):
                (folder / name.decode()).unlink(missing_ok=True)
            self.path.unlink()
        self.done: dict[str, dict[str, Any]] = {}
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
            before = dict(head["recipe"])
            self.done = {record["shard"]: record for record in records}
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{self.path} cannot be read: {error}", "begin anew with --force") from error
        changed = [
            f"{key} was {before.get(key)!r}, now {recipe[key]!r}" for key in recipe if before.get(key) != recipe[key]
        ]
        if changed:
            raise UsageError(
                f"{folder} was begun otherwise: {'; '.join(changed)}",
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

    def add(self, shard: Shard, done: Translated, column: str, worker: str) -> None:
        """Write ``shard``, then its record. Raises ``OutputError``."""
        write_bytes(self.folder / shard.name, _format(shard.source, column).write(shard, done), force=True)
        record = {
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
        self.done[shard.name] = record
