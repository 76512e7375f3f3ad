"""Test sets: sources, one reference or more, and what is wrong with them told by file and line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from translator.config import Direction
from translator.corpus.doctor.language import LANGUAGES, evidence, looks
from translator.corpus.files import format_of
from translator.corpus.pairs import Pair, read_lines_of, read_pairs
from translator.errors import InputError


@dataclass(frozen=True)
class EvalSet:
    """What is translated, and what it is compared with."""

    name: str  # of the file
    direction: Direction
    sources: list[str]
    references: list[list[str]]  # one list a reference, each as long as ``sources``
    lines: list[int]  # where each stands in the file, from 1

    def first(self, count: int | None) -> EvalSet:
        """The first so many sentences of it; all for ``None``."""
        return self.some(range(len(self.sources))[:count])

    def some(self, rows: Sequence[int]) -> EvalSet:
        """The sentences of these numbers, from 0."""
        sources, *references = ([column[i] for i in rows] for column in (self.sources, *self.references))
        return replace(self, sources=sources, references=references, lines=[self.lines[i] for i in rows])


def sides(pairs: Sequence[Pair], direction: Direction) -> tuple[list[str], list[str]]:
    """The sources of ``pairs``, and their translations."""
    en, pt = ([pair[k] for pair in pairs] for k in (0, 1))
    return (en, pt) if direction == "en-pt" else (pt, en)


def read_set(path: Path, direction: Direction, more: Sequence[Path] = ()) -> EvalSet:
    """The test set of a parallel file: TSV, a Moses pair, TMX or JSONL, plain or packed.

    Columns of a TSV beyond the second are further references, in the language that is translated into; so are the
    files of ``more``, a line a sentence. Raises ``InputError`` naming file and line where a side is empty or missing,
    or where the files are not equally long.
    """
    rows = dict(_rows(path) if format_of(path) == "tsv" else enumerate(map(list, read_pairs(path)), start=1))
    if not rows:
        raise InputError(f"{path} holds no sentence pair", "each line is English<TAB>Portuguese")
    en, pt, *references = map(list, zip(*rows.values(), strict=True))
    sources, reference = (en, pt) if direction == "en-pt" else (pt, en)
    references += [_reference(file, path, len(sources)) for file in more]
    return EvalSet(str(path), direction, sources, [reference, *references], list(rows))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line of a TSV."""
    wanted = 0
    for number, text, fault in read_lines_of(path):
        if not text.strip():
            continue
        cells = [cell.strip() for cell in text.split("\t")]
        if fault:
            raise InputError(f"{path}, line {number}: {fault}", "save it as UTF-8")
        wanted = wanted or max(2, len(cells))
        if len(cells) != wanted:
            raise InputError(
                f"{path}, line {number}: {len(cells)} column{'s' * (len(cells) != 1)}, expected {wanted}",
                "each line is English, a tab, Portuguese; further references behind further tabs",
            )
        if "" in cells:
            names = ["English side", "Portuguese side", *(f"reference {k}" for k in range(2, wanted))]
            raise InputError(f"{path}, line {number}: the {names[cells.index('')]} is empty", "fill it or take it out")
        yield number, cells


def _reference(file: Path, of: Path, count: int) -> list[str]:
    found = []
    for number, text, fault in read_lines_of(file):
        if fault or not text.strip():
            raise InputError(
                f"{file}, line {number}: {fault or 'the reference is empty'}", "a line a sentence of the test set"
            )
        found.append(text.strip())
    _check_length(str(file), len(found), str(of), count)
    return found


def _check_length(name: str, lines: int, of: str, count: int) -> None:
    if lines == count:
        return
    where = f"line {lines + 1} is missing"
    if lines > count:
        where = f"line {count + 1} is the first too many" if count else "every line is too many"
    raise InputError(
        f"{name} has {lines:,} lines, the test set {count:,} sentences ({of}): {where}",
        "a line of it must stand for the sentence of the same number",
    )


def check_hypotheses(name: str, hypotheses: Sequence[str], over: EvalSet) -> None:
    """Raises ``InputError`` if there is not one translation for each sentence of the test set."""
    _check_length(name, len(hypotheses), over.name, len(over.sources))
    if not any(line.strip() for line in hypotheses):
        raise InputError(f"{name} holds no translation: every line is empty")


def check_language(over: EvalSet) -> None:
    """Raises ``InputError`` naming the first line whose source or reference is plainly in the other language."""
    of_source, of_target = (LANGUAGES.index(code) for code in over.direction.split("-"))
    names = ("English", "Portuguese")
    whole = [("source", over.sources, of_source, of_target)]
    whole += [("reference", side, of_target, of_source) for side in over.references]
    for side, texts, right, wrong in whole:
        bad = [i for i, text in enumerate(texts) if looks(evidence(_words(text)), wrong, right)]
        if bad:
            more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
            raise InputError(
                f"{over.name}, line {over.lines[bad[0]]}{more}: the {side} is {names[wrong]}, "
                f"where {names[right]} is expected: {texts[bad[0]][:60]}",
                "English comes first, Portuguese second; mend the line, or say --no-check",
            )


def _words(text: str) -> list[str]:
    return [word.strip(".,;:!?¿¡\"'()[]«»…") for word in text.lower().split()]
