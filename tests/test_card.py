"""The tables of the model card, the README and docs/ are those that the commands gave."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_SPEC = importlib.util.spec_from_file_location("card", ROOT / "tests" / "benchmarks" / "card.py")
assert _SPEC is not None
assert _SPEC.loader is not None
card = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(card)
SCORES = card.kept()


@pytest.mark.parametrize("page", card.PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_tables_are_those_of_the_measurement(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "<!-- /" in text
    assert card.filled(text, SCORES) == text


def test_the_measurement_is_of_the_weights_that_ship() -> None:
    digests = json.loads((card.MODEL / "config.json").read_text("utf-8"))["sha256"]
    assert SCORES["model_sha256"] == digests["model.safetensors"]
