"""Expressions compiled at their first use do what they would have done, and each of them can be compiled."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module

import pytest

import translator.text
import translator.translation
from translator.text import late as module
from translator.text.late import late


def test_first_use_compiles_and_nothing_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    compile = re.compile

    def remembered(pattern: str, flags: int) -> re.Pattern[str]:
        made.append(pattern)
        return compile(pattern, flags)

    monkeypatch.setattr(re, "compile", remembered)
    pattern = late("(a)B", re.IGNORECASE)
    assert made == []
    assert pattern.pattern == "(a)B"
    assert made == []
    assert pattern.findall("ab AB b") == ["a", "A"]
    assert [m.span() for m in pattern.finditer("ab AB b")] == [(0, 2), (3, 5)]
    assert (pattern.sub(r"<\1>", "ab"), pattern.split("xaby"), pattern.groups) == ("<a>", ["x", "a", "y"], 1)
    assert pattern.match("xab") is None
    assert made == ["(a)B"] * 2  # its methods stay at hand, what is asked seldom does not


@pytest.mark.parametrize("room", [translator.text, translator.translation])
def test_every_expression_is_right(room: object) -> None:
    found = 0
    for name in (one.name for one in pkgutil.iter_modules(room.__path__)):  # type: ignore[attr-defined]
        for value in vars(import_module(f"{room.__name__}.{name}")).values():  # type: ignore[attr-defined]
            if isinstance(value, module._Late):
                assert value.flags & re.UNICODE
                found += 1
    assert found > 10
