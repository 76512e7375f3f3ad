"""``translator subwords``: what can be done to a model's vocabulary."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from translator.commands.average import check_new_model
from translator.commands.console import stdout
from translator.commands.options import Force, Model
from translator.draw.language import say
from translator.errors import UsageError
from translator.files import DEFAULT_MODEL

app = typer.Typer(help="Give a model pieces for more characters.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Give a model pieces for more characters."""


@app.command("extend")
def extend(
    characters: Annotated[str, typer.Argument(help="Text whose characters shall have pieces of their own.")] = "",
    out: Annotated[Path, typer.Option(help="Folder of the new model.", show_default=False)] = Path(),
    model: Model = DEFAULT_MODEL,
    text: Annotated[
        Path | None, typer.Option("--text", metavar="FILE", help="Take the characters of this file besides.")
    ] = None,
    least: Annotated[int, typer.Option(min=1, help="Times a character must stand in FILE.")] = 5,
    force: Force = False,
) -> None:
    """Append pieces for characters that a model spells in bytes, to be learned by fine-tuning it.

    The old pieces and what the model knows of them stay as they are. A new piece begins at the mean of its bytes.

    Example: translator subwords extend "łńśźż" --out runs/polish-names
    """
    from translator.files import model_folder
    from translator.model.checkpoint import load_checkpoint
    from translator.model.derived import extend_model

    if not characters and text is None:
        raise UsageError("which characters?", 'give them as TEXT, as in "łńśźż", or name a file with --text')
    if out == Path():
        raise UsageError("where to?", "name the folder of the new model with --out")
    check_new_model(out, force=force)
    base = load_checkpoint(model_folder(model))
    if out.resolve() == base.path.resolve():
        raise UsageError(f"{out} holds the model to extend", "name another folder")
    new = base.subwords.without_piece(characters + (_frequent(text, least) if text else ""))
    if not new:
        raise UsageError("each of these characters has a piece already", "there is nothing to extend")
    extend_model(base, new, out)
    more = f"{out}: {len(new):,} piece{'s' * (len(new) != 1)} more, {len(base.subwords) + len(new):,} in all"
    for line in (say(more), " ".join(new), say(f"now teach it: translator train mine.tsv --from {out}")):
        stdout().print(line, markup=False)


def _frequent(path: Path, least: int) -> str:
    """The characters that stand in a text file ``least`` times or more. Raises ``InputError``."""
    from translator.corpus.pairs import read_lines_of
    from translator.text.normalise import normalise

    counts: Counter[str] = Counter()
    for _, line, _ in read_lines_of(path):
        counts.update(normalise(line))
    return "".join(character for character, count in counts.items() if count >= least and character != "\ufffd")
