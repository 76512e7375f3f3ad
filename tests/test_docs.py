"""README and docs: short, complete, and what they show is what the program prints."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from translator.commands.index import COMMANDS

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


def blocks() -> list[tuple[str, str, str]]:
    """Each ``$ command`` of the pages: the page, the command, and what stands under it."""
    found = []
    for page in PAGES:
        for block in re.findall(r"^```\n(\$ .*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, printed = part.partition("\n")
                found.append((page.name, command, printed.strip()))
    return list({(command, printed): (page, command, printed) for page, command, printed in found}.values())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the examples run, one after the other: some read what another wrote."""
    return tmp_path_factory.mktemp("examples")


def numberless(text: str) -> str:
    """Without digits and the shades that follow them: another processor may round another way."""
    return re.sub(r"[ \d.+−-]+", " ", re.sub(r"[░▒▓█·]+", " ", text)).strip()


@pytest.mark.parametrize(("page", "command", "printed"), blocks())
def test_an_example_is_what_the_program_prints(  # type: ignore[no-untyped-def]
    run, monkeypatch: pytest.MonkeyPatch, folder: Path, page: str, command: str, printed: str
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NO_COLOR", "1")
    words = shlex.split(command)
    if words[0] == "translator" and words[1] in COMMANDS and not {"|", "<", ">"} & set(words) and ";" not in command:
        _, out, err = run(*words[1:], model=Path("en-pt"))
        assert numberless(out + err) == numberless(printed)
    else:
        environment = os.environ | {"COLUMNS": "80"}
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        both = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True, check=False)
        assert numberless(both.stdout + both.stderr) == numberless(printed)
