"""What may be asked of ``translator translate``, declared once: its options are derived from this."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from translator.config import Numbers, SearchConfig, setting
from translator.documents import PACKAGES, DocumentKind
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL

_SEARCH, _WORDS, _FILES, _SHOW = "Search", "Words", "Input and output", "What is shown"
_D = SearchConfig()


@dataclass(frozen=True)
class Asked:
    """Every option, with its default."""

    source: str | None = setting(None, "Language of the text; detected if not given.", name="--from,-f", takes="en|pt")
    target: str | None = setting(None, "Language to translate into.", name="--to,-t", takes="en|pt")
    model: str = setting(DEFAULT_MODEL, "Name of a shipped model, or a model folder.", takes="MODEL")
    engine: str = setting(
        "auto", "What computes: the fast engine, or the reference.", takes="auto|ctranslate2|torch", rare=True
    )
    input: Path | None = setting(None, "Translate this file.", group=_FILES, name="--input,-i")
    output: Path | None = setting(None, "Write to this file.", group=_FILES, name="--output,-o")
    force: bool = setting(False, "Replace files that exist.", group=_FILES, name="--force")
    form: str = setting(
        "auto",
        f"What the file is; auto goes by its name. Or: {', '.join(get_args(DocumentKind))}.",
        group=_FILES,
        name="--format,--as",
        takes="FORMAT",
    )
    bilingual: str | None = setting(
        None, "Write source and translation side by side instead.", group=_FILES, takes="tsv|tmx|md"
    )
    to_dir: Path | None = setting(
        None,
        "Translate FILES and folders into this folder; what is there already is passed over.",
        group=_FILES,
        name="--to-dir",
        takes="DIR",
    )
    shard: str | None = setting(
        None,
        "Of --input, only the K-th of N parts; the outputs of all N, put together, are the whole.",
        group=_FILES,
        takes="K/N",
        rare=True,
    )
    stream: bool = setting(False, "Answer each line as soon as it comes.", group=_FILES, name="--stream", rare=True)
    jsonl: bool = setting(
        False,
        'Read a JSON object a line, {"text": …} with "id", "from", "to" and "prefix" if wanted; write JSON.',
        group=_FILES,
        name="--jsonl",
        rare=True,
    )
    beam: int = setting(_D.beam, "Hypotheses kept while searching; 1 is greedy.", group=_SEARCH)
    length_penalty: float = setting(
        _D.length_penalty,
        "GNMT length penalty; higher favours longer translations.",
        group=_SEARCH,
        rare=True,
    )
    sample: bool = setting(False, "Draw at random instead of searching.", group=_SEARCH, name="--sample")
    temperature: float = setting(
        _D.temperature, "Of sampling: below 1 safer, above 1 wilder.", group=_SEARCH, rare=True
    )
    top_k: int = setting(_D.top_k, "Pieces sampling chooses among; 0 = all.", group=_SEARCH, rare=True)
    seed: int = setting(_D.seed, "Of sampling: the same seed draws the same.", group=_SEARCH, rare=True)
    guard: bool = setting(
        True, "Search again where a translation is plainly wrong, and warn.", group=_SEARCH, rare=True
    )
    prefix: str = setting("", "What the translation must begin with.", group=_WORDS)
    keep: list[str] | None = setting(None, "A word or name never to translate; may be repeated.", group=_WORDS)
    glossary: Path | None = setting(None, "A file of your terms: term, tab, translation.", group=_WORDS)
    protect: bool = setting(
        True, "Carry links, file names, code, placeholders and the like unchanged.", group=_WORDS, rare=True
    )
    numbers: str = setting(
        "auto",
        "1,234.56: as the model writes it, always as the other language does (1.234,56), or as it is.",
        group=_WORDS,
        takes="auto|convert|keep",
        rare=True,
    )
    other_language: str = setting(
        "copy",
        "Text in neither language: copied with a warning, or refused with exit code 2.",
        group=_WORDS,
        takes="copy|refuse",
        rare=True,
    )
    n_best: int = setting(1, "Translations of each text, best first.", group=_SHOW, name="--n-best,-n")
    confidence: bool = setting(False, "Mark doubtful words.", group=_SHOW, name="--confidence,-c")
    alternatives: str | None = setting(None, "Show what else could stand for a word.", group=_SHOW, takes="WORD")
    attention: bool = setting(False, "Show under each translation where it looked.", group=_SHOW, name="--attention,-a")
    layer: int | None = setting(None, "Decoder layer of the picture, from 1; else the last.", group=_SHOW, rare=True)
    head: int | None = setting(None, "Head of the picture, from 1; else the mean of all.", group=_SHOW, rare=True)
    as_json: bool = setting(False, "Print JSON instead, with every number.", group=_SHOW, name="--json")

    def search(self) -> SearchConfig:
        """How to search: as many hypotheses are kept as are asked for. Raises ``UsageError``."""
        return SearchConfig(
            beam=max(self.beam, self.n_best) if self.beam > 0 else self.beam,
            length_penalty=self.length_penalty,
            n_best=self.n_best,
            sample=self.sample,
            temperature=self.temperature,
            top_k=self.top_k,
            seed=self.seed,
        )

    def check(self, kind: str, texts: list[str] | None) -> None:
        """Raises ``UsageError`` on what does not go together; ``kind`` is of the document."""
        for name, value, known in (
            ("--numbers", self.numbers, get_args(Numbers)),
            ("--other-language", self.other_language, ("copy", "refuse")),
        ):
            if value not in known:
                raise UsageError(f"{name} {value}: unknown", f"it takes {', '.join(known)}")
        plain = not (self.as_json or self.jsonl or self.n_best > 1)
        shown = not plain or self.confidence or self.attention or self.alternatives or self.shard or self.stream
        if self.to_dir and (shown or self.input or self.output or not texts):
            raise UsageError(
                "--to-dir translates the files and folders named as arguments, whole",
                "for example: translator translate a.md docs --to-dir out",
            )
        if self.bilingual and not self.to_dir and (shown or self.input is None):
            raise UsageError("--bilingual is of a whole file, from --input", "for example: -i a.md --bilingual tsv")
        if self.to_dir:
            return
        if kind != "txt" and (
            self.input is None or not plain or self.confidence or self.attention or self.alternatives
        ):
            raise UsageError(
                f"a document ({kind}) is translated whole, from --input",
                "leave out --json, --n-best, --confidence, --attention, --alternatives; "
                "or say --format txt for its lines",
            )
        if kind in PACKAGES and not self.bilingual and self.output is None and sys.stdout.isatty():
            raise UsageError(f"a .{kind} file is no text for a screen", "name the file to write: -o FILE")
        if self.shard and (self.input is None or kind != "txt"):
            raise UsageError("--shard is of the lines of --input", "name a file of lines, or say --format txt")
        if self.shard and self.input and self.input.is_fifo():
            raise UsageError(f"--shard counts lines first, and {self.input} is a pipe", "save its lines to a file")
        if texts and self.input:
            raise UsageError("texts and --input are both given", "give one of them")
        if self.attention and (not plain or self.output):
            raise UsageError("--attention draws on the screen: it goes without --json, --n-best and --output")
