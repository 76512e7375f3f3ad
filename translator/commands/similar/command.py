"""``translator similar``: the words of two sentences compared, at one level of the model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from translator.commands.console import stdout
from translator.commands.loaded import load
from translator.commands.options import Force, From, Json, Model, with_settings
from translator.commands.output import print_json, show, svg_file, write_files
from translator.commands.pairs import index
from translator.config import Direction, ModelConfig, setting
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL

if TYPE_CHECKING:
    from translator.explain.similarity import Level
    from translator.translation import Translator

_OF: dict[str, Direction] = {"en": "en-pt", "pt": "pt-en"}
_EXAMPLE = 'for example: translator similar "I am happy" "eu sou feliz"'


@dataclass(frozen=True)
class Asked:
    """Which vectors are compared, and where the results go."""

    at: str = setting("embedding", "Which vectors are compared.", takes="embedding|encoder|query|key|query-key")
    kind: str | None = setting(
        None, "Attention that queries and keys are of; cross if not given.", takes="cross|encoder"
    )
    layer: int | None = setting(
        None, "Layer, from 1. Not given: the encoder's memory, or the last layer's queries and keys."
    )
    head: int | None = setting(None, "Head of the queries and keys, from 1; all side by side if not given.")
    svg: Path | None = setting(None, "Write the picture here, too: SVG, or PNG by its name.")
    csv: Path | None = setting(None, "Write the numbers here as CSV, too.")

    def level(self, shape: ModelConfig) -> tuple[Level, int]:
        """The level that is asked for, and how many layers there are where it looks. Raises ``UsageError``."""
        from translator.explain.similarity import At, Kind, Level

        if self.at not in get_args(At):
            raise UsageError(f"--at {self.at}: unknown level", f"levels: {', '.join(get_args(At))}")
        if self.kind is not None and self.kind not in get_args(Kind):
            raise UsageError(f"--kind {self.kind}: unknown attention", f"kinds: {', '.join(get_args(Kind))}")
        if self.at in ("embedding", "encoder") and (self.kind is not None or self.head is not None):
            raise UsageError("--kind and --head choose queries and keys", "they go with --at query, key or query-key")
        if self.at == "embedding" and self.layer is not None:
            raise UsageError("--layer goes with a level that has layers", "--at encoder, query, key or query-key")
        if self.at == "query-key" and self.kind == "encoder":
            raise UsageError("--at query-key is of cross-attention only", "leave --kind encoder out")
        layers = shape.encoder_layers if "encoder" in (self.at, self.kind) else shape.decoder_layers
        if self.layer is not None and not 1 <= self.layer <= layers:
            raise UsageError(f"--layer {self.layer}: there are layers 1 to {layers}")
        layer = None if self.layer is None else self.layer - 1
        head = None if self.head is None else index("head", self.head, shape.heads)
        return Level(self.at, self.kind or "cross", layer, head), layers  # type: ignore[arg-type]


@with_settings(Asked, defaults=True)
def similar(
    first: Annotated[str, typer.Argument(metavar="A", help="A sentence.")] = "I am happy",
    second: Annotated[str, typer.Argument(metavar="B", help="Another, of either language.")] = "eu sou feliz",
    source: From = None,
    target: Annotated[
        str | None, typer.Option("--to", metavar="en|pt", help="Language of B; detected if not given.")
    ] = None,
    model: Model = DEFAULT_MODEL,
    force: Force = False,
    as_json: Json = False,
    **settings: Any,
) -> None:
    """Compare the words of two sentences: a 2-D chart and every cosine.

    Queries of cross-attention are those of the decoder as it writes each sentence as the translation of the other;
    query-key sets the keys of A against the queries of B, the two sides of the dot products behind every weight.

    Example: translator similar "I am happy" "eu sou feliz" --at encoder
    """
    for name, text in (("first", first), ("second", second)):
        if not text.strip():
            raise UsageError(f"the {name} sentence is empty", _EXAMPLE)
    from translator.commands.similar import view
    from translator.explain.similarity import similarity

    asked = Asked(**settings)
    translator = load(model, "torch")
    shape, subwords = translator.folder.shape, translator.subwords
    level, layers = asked.level(shape)
    a = _source(translator, "first", first, "--from", source)
    b = _source(translator, "second", second, "--to", target)
    found = similarity(translator.checkpoint.model, subwords, a, b, level)
    texts, name = (subwords.decode(a), subwords.decode(b)), view.level_name(level, layers, shape.heads)
    write_files(
        svg_file(asked.svg, lambda: view.similarity_svg(found, texts, name)),
        (asked.csv, lambda: view.similarity_csv(found)),
        force=force,
    )
    if as_json:
        print_json(view.similarity_plain(found, texts))
    else:
        show(view.similarity_view(found, texts, name, stdout().width))


def _source(translator: Translator, name: str, text: str, option: str, language: str | None) -> list[int]:
    """Tag, pieces and ``</s>`` of one sentence. Raises ``UsageError`` if it is none, several, or too long."""
    from translator.text.normalise import normalise
    from translator.text.sentences import split_line

    if language is not None and language not in _OF:
        raise UsageError(f"{option} {language}: unknown language", "languages: en (English), pt (Portuguese)")
    sentences = [s.text for s in split_line(text) if normalise(s.text)]
    if not sentences:
        raise UsageError(f"the {name} sentence is empty", "name a sentence with something to read in it")
    if len(sentences) > 1:
        raise UsageError(
            f"the {name} text has {len(sentences)} sentences; one is compared with one", f"for example: {sentences[0]}"
        )
    direction = _OF[language] if language else translator.direction_of(text)
    if direction not in translator.folder.directions:
        raise UsageError(
            f"this model was not trained for {direction}", f"it knows {', '.join(translator.folder.directions)}"
        )
    ids = translator.subwords.source(text, direction)
    if len(ids) > translator.longest_source:
        raise UsageError(
            f"the {name} sentence has {len(ids)} pieces; the model reads at most {translator.longest_source} at once",
            "shorten it",
        )
    return ids
