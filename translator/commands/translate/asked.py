"""What may be asked of ``translator translate``, declared once: its options are derived from this."""

# ruff: noqa: RUF009 (every default is made by `setting`)
from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import get_args

from translator.config import Numbers, SearchConfig, setting
from translator.documents import PACKAGES, DocumentKind
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL

_D = SearchConfig()
_file, _words, _show = (partial(setting, group=name) for name in ("Input and output", "Words", "What is shown"))
_search = partial(setting, group="Search")
_rarely = partial(_search, rare=True)
_FORMATS = f"What the file is; auto goes by its name. Or: {', '.join(get_args(DocumentKind))}."
_JSONL = 'Read a JSON object a line, {"text": …} with "id", "from", "to" and "prefix" if wanted; write JSON.'
_NUMBERS = "1,234.56: as the model writes it, always as the other language does (1.234,56), or as it is."
_SHARD = "Of --input, only the K-th of N parts; the outputs of all N, put together, are the whole."
_RETRY = "--retry/--no-retry,--guard/--no-guard"  # the second pair is what 0.5 called it
_ENGINES = "auto|ctranslate2|torch"


@dataclass(frozen=True)
class Asked:
    """Every option, with its default."""

    source: str | None = setting(None, "Language of the text; detected if not given.", name="--from,-f", takes="en|pt")
    target: str | None = setting(None, "Language to translate into.", name="--to,-t", takes="en|pt")
    model: str = setting(DEFAULT_MODEL, "Name of a shipped model, or a model folder.", takes="MODEL")
    engine: str = setting("auto", "What computes: the fast engine, or the reference.", takes=_ENGINES, rare=True)
    input: Path | None = _file(None, "Translate this file.", name="--input,-i")
    output: Path | None = _file(None, "Write to this file.", name="--output,-o")
    force: bool = _file(False, "Replace files that exist.", name="--force")
    form: str = _file("auto", _FORMATS, name="--format,--as", takes="FORMAT")
    bilingual: str | None = _file(None, "Write source and translation side by side instead.", takes="tsv|tmx|md")
    to_dir: Path | None = _file(
        None,
        "Translate FILES and folders into this folder; what is there already is passed over.",
        name="--to-dir",
        takes="DIR",
    )
    shard: str | None = _file(None, _SHARD, takes="K/N", rare=True)
    stream: bool = _file(False, "Answer each line as soon as it comes.", name="--stream", rare=True)
    jsonl: bool = _file(False, _JSONL, name="--jsonl", rare=True)
    beam: int = _search(_D.beam, "Hypotheses kept while searching; 1 is greedy.")
    length_penalty: float = _rarely(_D.length_penalty, "GNMT length penalty; higher favours longer translations.")
    sample: bool = _search(False, "Draw at random instead of searching.", name="--sample")
    temperature: float = _rarely(_D.temperature, "Of sampling: below 1 safer, above 1 wilder.")
    top_k: int = _rarely(_D.top_k, "Pieces sampling chooses among; 0 = all.")
    seed: int = _rarely(_D.seed, "Of sampling: the same seed draws the same.")
    retry: bool = _rarely(True, "Search again where a translation is plainly wrong, and warn.", name=_RETRY)
    prefix: str = _words("", "What the translation must begin with.")
    keep: list[str] | None = _words(None, "A word or name never to translate; may be repeated.")
    glossary: Path | None = _words(None, "A file of your terms: term, tab, translation.")
    protect: bool = _words(True, "Carry links, file names, code, placeholders and the like unchanged.", rare=True)
    numbers: str = _words("auto", _NUMBERS, takes="auto|convert|keep", rare=True)
    other_language: str = _words(
        "copy",
        "Text in neither language: copied with a warning, or refused with exit code 2.",
        takes="copy|refuse",
        rare=True,
    )
    n_best: int = _show(1, "Translations of each text, best first.", name="--n-best,-n")
    confidence: bool = _show(False, "Mark doubtful words.", name="--confidence,-c")
    alternatives: str | None = _show(None, "Show what else could stand for a word.", takes="WORD")
    attention: bool = _show(False, "Show under each translation where it looked.", name="--attention,-a")
    layer: int | None = _show(None, "Decoder layer of the picture, from 1; else the last.", rare=True)
    head: int | None = _show(None, "Head of the picture, from 1; else the mean of all.", rare=True)
    as_json: bool = _show(False, "Print JSON instead, with every number.", name="--json")

    def search(self) -> SearchConfig:
        """How to search: as many hypotheses are kept as are asked for. Raises ``UsageError``."""
        names = ("length_penalty", "n_best", "sample", "temperature", "top_k", "seed")
        same = {name: getattr(self, name) for name in names}
        return SearchConfig(beam=max(self.beam, self.n_best) if self.beam > 0 else self.beam, **same)

    def check(self, kind: str, texts: list[str] | None) -> None:
        """Raises ``UsageError`` on what does not go together; ``kind`` is of the document."""
        known = {"numbers": get_args(Numbers), "other_language": ("copy", "refuse")}
        for name, choices in known.items():
            if (value := getattr(self, name)) not in choices:
                raise UsageError(f"--{name.replace('_', '-')} {value}: unknown", f"it takes {', '.join(choices)}")
        plain = not (self.as_json or self.jsonl or self.n_best > 1)
        looks = self.confidence or self.attention or self.alternatives
        shown = not plain or looks or self.shard or self.stream
        if self.to_dir and (shown or self.input or self.output or not texts):
            raise UsageError(
                "--to-dir translates the files and folders named as arguments, whole",
                "for example: translator translate a.md docs --to-dir out",
            )
        if self.to_dir:
            return
        if self.bilingual and (shown or self.input is None):
            raise UsageError("--bilingual is of a whole file, from --input", "for example: -i a.md --bilingual tsv")
        if kind != "txt" and (self.input is None or not plain or looks):
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
