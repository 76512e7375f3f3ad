"""README and docs: short, complete, and what they show is what the program prints."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PORTUGUESE = (ROOT / "README.pt.md").read_text("utf-8")
PAGES = [ROOT / "README.md", ROOT / "README.pt.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_readme_is_short_and_says_what_it_is_first() -> None:
    lines = README.splitlines()
    assert len(lines) <= 200
    assert lines[0] == "# translator"
    assert "    python -m venv .venv && .venv/bin/pip install . && .venv/bin/translator translate" in README


def commands(text: str) -> list[str]:
    """Each command of a page, in order: in blocks, and in the cells of tables."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    blocks = [line for line in text.splitlines() if line.startswith(("$ ", "    python "))]
    return blocks + [span for row in rows for span in re.findall(r"`[^`]+`", row)]


def test_the_portuguese_readme_has_the_same_commands_and_links() -> None:
    assert commands(PORTUGUESE) == commands(README)
    links = re.compile(r"\]\(([^)]+)\)")
    assert [link for link in links.findall(PORTUGUESE) if link != "README.md"] == [
        link for link in links.findall(README) if link != "README.pt.md"
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_first_examples_are_what_the_program_prints(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("regenerate", ROOT / "docs" / "regenerate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.regenerated(README, tmp_path) == README
