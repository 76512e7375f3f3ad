"""What may be asked of ``translator evaluate``, declared once: its options are derived from this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from translator.commands.options import check_ranges
from translator.config import AT_LEAST_0, Direction, Range, SearchConfig, setting
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL

_SEARCH, _MEASURED, _GATE, _OUTPUT = "Search", "What is measured beside", "Gate", "Output"
_FROM_1 = Range(least=1)
_DIRECTIONS: dict[str, tuple[Direction, ...]] = {
    "en-pt": ("en-pt",),
    "pt-en": ("pt-en",),
    "both": ("en-pt", "pt-en"),
}


def directions_named(name: str) -> tuple[Direction, ...]:
    """The directions of ``--direction``. Raises ``UsageError``."""
    if name not in _DIRECTIONS:
        raise UsageError(f"--direction {name}: unknown direction", "directions: en-pt, pt-en, both")
    return _DIRECTIONS[name]


@dataclass(frozen=True)
class Asked:
    """Every option, with its default."""

    models: list[str] | None = setting(
        None, "A shipped model by name, or a model folder; may be repeated.", name="--model,-m", takes="MODEL"
    )
    direction: str = setting("both", "Which way to translate.", takes="en-pt|pt-en|both")
    hypotheses: list[Path] | None = setting(
        None, "Score this file of translations, a line each, instead of a model's own; may be repeated.", takes="FILE"
    )
    reference: list[Path] | None = setting(
        None, "A further reference, a line a sentence of the test set; may be repeated.", takes="FILE"
    )
    limit: int | None = setting(None, "Only the first so many sentences.", _FROM_1, rare=True)
    check: bool = setting(True, "Refuse a test set whose lines are in the wrong language.", rare=True)
    beam: int = setting(SearchConfig.beam, "Hypotheses kept while searching; 1 is greedy.", group=_SEARCH)
    length_penalty: float = setting(SearchConfig.length_penalty, "GNMT length penalty.", group=_SEARCH, rare=True)
    engine: str = setting(
        "auto", "What computes: the fast engine, or the reference.", group=_SEARCH, takes="auto|ctranslate2|torch"
    )
    batch_size: int = setting(32, "Sentences searched together.", _FROM_1, group=_SEARCH, rare=True)
    interval: bool = setting(True, "The 95 % interval of each score, by bootstrap.", group=_MEASURED, rare=True)
    slices: bool = setting(
        False,
        "The same set in capitals, with typos, without accents, …: what each costs.",
        group=_MEASURED,
        name="--slices",
    )
    challenge: bool = setting(
        False, "The project's challenge set, by phenomenon; needs no FILE.", group=_MEASURED, name="--challenge"
    )
    failures: bool = setting(
        False,
        "Suspects of hallucination and omission, copies, lost numbers; calibration; the worst sentences.",
        group=_MEASURED,
        name="--failures",
    )
    comet: bool = setting(
        False, "COMET too, if it is installed and its model at hand.", group=_MEASURED, name="--comet", rare=True
    )
    comet_model: str = setting(
        "Unbabel/wmt22-comet-da", "Of --comet: name or checkpoint file.", group=_MEASURED, rare=True
    )
    against: Path | None = setting(
        None, "An earlier --json: exit 1 if BLEU fell by more than --max-drop and chance.", group=_GATE, takes="JSON"
    )
    max_drop: float = setting(0.5, "Of --against: BLEU that may be lost.", AT_LEAST_0, group=_GATE, rare=True)
    output: Path | None = setting(
        None,
        "Write the translations here; where there are several, .SYSTEM, .SET and .DIRECTION are added.",
        group=_OUTPUT,
        name="--output,-o",
    )
    as_json: bool = setting(False, "Print JSON instead, with every number.", group=_OUTPUT, name="--json")
    full: bool = setting(
        False,
        "Of --json: the translations too, so that --against can test pair by pair.",
        group=_OUTPUT,
        name="--full",
        rare=True,
    )
    markdown: Path | None = setting(None, "Write the report as Markdown.", group=_OUTPUT)
    html: Path | None = setting(None, "Write the report as one page with its plots, nothing to fetch.", group=_OUTPUT)
    card: Path | None = setting(
        None, "Write the scores into this model card, among those of other sets and systems.", group=_OUTPUT, rare=True
    )
    force: bool = setting(False, "Replace files that exist.", group=_OUTPUT, name="--force")

    def systems(self) -> list[str]:
        """The models asked for, or the one of the user's settings."""
        from translator.commands.settings import read_settings

        return self.models or [str(read_settings().values.get("model", DEFAULT_MODEL))]

    def search(self) -> SearchConfig:
        """How to search. Raises ``UsageError``."""
        return SearchConfig(beam=self.beam, length_penalty=self.length_penalty)

    def verify(self, files: Sequence[Path]) -> None:
        """Raises ``UsageError`` on a number out of its range, and on what does not go together."""
        check_ranges(self)
        both = len(directions_named(self.direction)) > 1
        if not files and not self.challenge:
            raise UsageError("there is no test set", "name a parallel file, or say --challenge")
        if both and (self.hypotheses or self.reference):
            option = "--hypotheses" if self.hypotheses else "--reference"
            raise UsageError(f"{option}: one direction is needed", "add --direction en-pt or --direction pt-en")
        if self.hypotheses and len(files) != 1:
            raise UsageError("--hypotheses are of one test set", "name one FILE")
        if self.hypotheses and (self.slices or self.challenge):
            raise UsageError("--slices and --challenge translate anew, which a file cannot", "give a --model instead")
        if self.card and self.limit:
            raise UsageError("--card is of whole test sets", "leave out --limit")
        for path in (self.html, self.markdown):
            if path is not None and path.is_file() and not self.force:  # told before the work, not after it
                raise UsageError(f"{path} exists already", "add --force to replace it, or name another file")
        if self.full and not self.as_json:
            raise UsageError("--full is of --json", "add --json")
        if self.against and not files:
            raise UsageError("--against compares BLEU of a test set", "name its FILE")
