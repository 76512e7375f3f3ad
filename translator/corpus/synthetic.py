"""Corpora of which a machine wrote one side, and the companion file that says so.

Beside ``news.tsv.gz`` stands ``news.tsv.gz.json``; without it a corpus counts as written by people. The machine's side
is only ever a source in training: as a target it would teach the machine's mistakes (Sennrich et al. 2016, section 3).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, cast

from translator.errors import InputError

Language = Literal["en", "pt"]
KIND = "back-translation"


def companion(corpus: Path) -> Path:
    """The file that says how ``corpus`` was made."""
    return corpus.with_name(corpus.name + ".json")


def machine_side(corpus: Path) -> Language | None:
    """The language that a machine wrote in ``corpus``; ``None`` if people wrote both. Raises ``InputError``."""
    path = companion(corpus)
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}", f"it says how {corpus.name} was made; mend it") from error
    if not isinstance(told, dict) or told.get("kind") != KIND:
        return None  # some other file of the user's
    if told.get("machine_side") not in ("en", "pt"):
        raise InputError(f"{path}: machine_side is {told.get('machine_side')!r}", 'it is "en" or "pt"')
    return cast(Language, told["machine_side"])
