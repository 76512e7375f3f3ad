"""README and docs: short, complete, and what they show is what the program prints."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from translator.commands.app import program
from translator.commands.index import COMMANDS
from translator.commands.main import _ALONE, options_first, said_in_full

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


def rows_of_code(text: str) -> list[list[str]]:
    """What a page shows as code: lines of blocks, bits between backticks, those of a row of a table together."""
    parts = re.split(r"^```.*\n", text, flags=re.MULTILINE)
    blocks = [re.sub(r"^ *(\$ )?", "", line) for part in parts[1::2] for line in part.replace("\\\n", " ").splitlines()]
    indented = re.findall(r"^    (\S.*)", "\n".join(parts[::2]), re.MULTILINE)
    lines = [line.replace("\\|", "|") for part in parts[::2] for line in part.splitlines()]
    bits = [bit for line in lines if not line.startswith("|") for bit in re.findall(r"`([^`]+)`", line)]
    rows = [re.findall(r"`([^`]+)`", line) for line in lines if line.startswith("|")]
    return [*rows, *([code] for code in blocks + indented + bits)]


def told_to_the_program(code: str) -> list[list[str]]:
    """The words that ``code``, as a shell reads it, gives to ``translator``."""
    shell = shlex.shlex(code, posix=True, punctuation_chars=True)
    shell.whitespace_split = True
    try:
        words = [*shell, ";"]
    except ValueError:  # an open quotation mark: no command
        return []
    found, begins = [], True
    for k, word in enumerate(words):
        if word.rpartition("/")[2] == "translator" and (begins or words[k - 1] == "-m"):
            end = next(n for n in range(k, len(words)) if set(words[n]) <= set("|;&<>()"))
            found.append([part for part in words[k + 1 : end] if part != "…"])
        begins = set(word) <= set("|;&()")
    return found


@cache
def parser_of(*names: str) -> tuple[Any, Any]:
    """A command, by its name and where it is a group one within, and the parser of its words. Raises ``KeyError``."""
    command = program(whole=True)
    for name in names:
        command = command.commands[name]
    context = command.make_context("", [], resilient_parsing=True)
    context.resilient_parsing = False
    return command, command.make_parser(context)


def fault_of(words: list[str]) -> str:
    """What the program's own parser has against ``words``, whose values may stand for others; "" for nothing."""
    of_all, rest = options_first(words)
    alone, rest = ([word for word in rest if (word in _ALONE) == is_alone] for is_alone in (True, False))
    near = get_close_matches(rest[0], COMMANDS, 1, 0.75) if rest and rest[0] not in COMMANDS else []
    if near:
        return f"{rest[0]} is no command; {near[0]} is"  # it would pass for a text
    try:
        parser_of()[1].parse_args([*of_all, *alone])
        if rest[:1] == ["COMMAND"]:  # any
            return ""
        name, *rest = said_in_full(rest, piped=True)
        command, parser = parser_of(name)
        if hasattr(command, "commands") and rest:
            command, parser = parser_of(name, rest.pop(0))
        needs_value = rest and rest[-1].startswith("-")
        found = parser.parse_args([*rest, "VALUE"] if needs_value else list(rest))[0]
    except KeyError as error:
        return f"{error} is no command"
    except Exception as error:
        return str(error)
    needed = [p.name for p in command.params if p.required and p.param_type_name == "option" and p.name not in found]
    return f"{needed} is missing" if needed and rest and not rest[0].startswith("-") else ""


def every_command() -> list[list[str]]:
    """The words that name each."""
    groups = {name: getattr(parser_of(name)[0], "commands", {}) for name in COMMANDS}
    return [[name, *inner] for name, group in groups.items() for inner in ([[one] for one in group] or [[]])]


@pytest.mark.parametrize("page", [p for p in PAGES if p.stem != "terminal-scenes"], ids=lambda page: page.name)
def test_the_program_knows_each_command_and_option(page: Path) -> None:
    """An option that stands alone is one of a command before it in that row, or where there is none, of any.

    The page of scenes shows mistakes on purpose, and is checked by running it.
    """
    faults = []
    for row in rows_of_code(page.read_text("utf-8")):
        said: list[list[str]] = []
        for code in row:
            whole = told_to_the_program(code)
            said += whole
            parts = [[*words, *code.split()] for words in said or every_command()] if code.startswith("-") else []
            found = [(code, fault) for words in whole or parts if (fault := fault_of(words))]
            faults += found if whole or len(found) == len(parts) else []
    assert not faults, "\n".join(f"{code}: {fault}" for code, fault in faults)


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
