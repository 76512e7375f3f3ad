"""COMET (Rei et al. 2020), where its package and its model are at hand; nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from translator.errors import InputError, UsageError
from translator.evaluation.scores import Score

DEFAULT_COMET = "Unbabel/wmt22-comet-da"


@dataclass(frozen=True)
class Comet:
    """A loaded COMET model."""

    name: str
    model: Any

    def score(self, sources: Sequence[str], hypotheses: Sequence[str], references: Sequence[str]) -> Score:
        """The mean over the sentences, times 100."""
        rows = zip(sources, hypotheses, references, strict=True)
        data = [{"src": source, "mt": hypothesis, "ref": reference} for source, hypothesis, reference in rows]
        told = self.model.predict(data, batch_size=8, gpus=0, progress_bar=False)
        signature = f"model:{self.name}|version:{version('unbabel-comet')}"
        return Score("COMET", 100 * float(told.system_score), signature)


def load_comet(name: str) -> Comet:
    """A model by the path of its checkpoint, or by its name if it was fetched before.

    Raises ``UsageError`` without the package, ``InputError`` without the model.
    """
    try:
        import comet
    except ImportError as error:
        raise UsageError("--comet needs COMET, which is not installed", "pip install 'translator[comet]'") from error
    path = name
    if not Path(name).is_file():
        try:
            path = comet.download_model(name, local_files_only=True)
        except Exception as error:  # of the hub's own kinds, which change
            raise InputError(
                f"the COMET model {name} is not at hand",
                f"fetch it once, with a network: python -c \"import comet; comet.download_model('{name}')\"; "
                "or name its checkpoint file",
            ) from error
    return Comet(name, comet.load_from_checkpoint(path))
