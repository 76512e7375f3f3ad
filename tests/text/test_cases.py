"""Inputs on which translators fail: what must come through is out of the model's hands, and comes out as it was.

``tests/benchmarks/cases.py`` puts the same cases to the shipped model.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from translator.text.spans import find_spans

CASES: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__).parents[1].joinpath("cases", "carried.jsonl").read_text("utf-8").splitlines()
]
# Of these classes whatever is kept is carried by spans; of the others the model carries some.
CARRIED = {"F4", "F5", "F13", "F23", "F29"}
# What the model itself copies well.
BY_THE_MODEL = {"====================", ".................."}


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        (case["text"], thing)
        for case in CASES
        if case["class"] in CARRIED and "file" not in case
        for thing in case.get("keep", [])
        if thing not in BY_THE_MODEL and not thing.isupper()
    ],
)
def test_what_is_kept_lies_in_a_span(text: str, thing: str) -> None:
    assert any(thing in span.target or span.target in thing for span in find_spans(text))


def test_there_are_cases_of_every_kind() -> None:
    classes = [case["class"] for case in CASES]
    assert len(set(classes)) >= 27
    assert all(classes.count(kind) >= 8 for kind in set(classes))
