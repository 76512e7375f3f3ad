"""``translator help``: the topics tell the truth about options and commands, and the manual page is sound roff."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from translator.commands.app import main, program
from translator.commands.help import TOPICS, escape, page
from translator.commands.prompt.session_commands import COMMANDS
from translator.commands.settings import SETTINGS
from translator.draw.language import speak

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(), "utf-8"))
        monkeypatch.setenv("COLUMNS", "80")
        try:
            main(list(argv))
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return call


def commands(group: Any = None, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its path: ("config set", …)."""
    group = group or program(whole=True)
    yield path, group
    for name, inner in getattr(group, "commands", {}).items():
        yield from commands(inner, f"{path} {name}".strip())


def options(command: Any) -> set[str]:
    own = [param for param in command.params if param.param_type_name == "option"]
    return {name for param in own for name in (*param.opts, *param.secondary_opts)} | {"--help", "--help-all"}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_fits_80_columns(run: Run, topic: str) -> None:
    code, out, _ = run("help", topic)
    assert code == 0
    assert out.startswith(f"{topic}: {page(topic)[:20]}")
    assert max(map(len, out.splitlines())) <= 80
    assert out.endswith("\n")
    assert not out.endswith("\n\n")


def test_every_page_is_a_topic_and_every_topic_is_listed(run: Run) -> None:
    folder = Path(sys.modules["translator.commands.help"].__file__ or "").with_name("topics")
    assert sorted(path.stem for path in folder.glob("*.txt")) == sorted(TOPICS)
    assert sorted(path.stem for path in folder.glob("pt/*.txt")) == sorted(TOPICS)
    code, out, _ = run("help")
    assert code == 0
    assert all(re.search(rf"^  {topic} ", out, re.MULTILINE) for topic in TOPICS)
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_has_the_same_commands_and_options_in_portuguese(topic: str) -> None:
    english = page(topic)
    speak("pt")
    try:
        portuguese = page(topic)
    finally:
        speak(None)
    assert max(map(len, portuguese.splitlines())) <= 80
    assert portuguese.partition("\n")[0] != english.partition("\n")[0]
    for words in (r"--[a-z][a-z-]+", r"(?<![\w:]):[a-z]+", r"^    .*?translator \w+", r"[a-z]+\.(?:json|toml|tsv)"):
        assert set(re.findall(words, portuguese, re.MULTILINE)) >= set(re.findall(words, english, re.MULTILINE))


@pytest.mark.parametrize("topic", TOPICS)
def test_pages_name_only_what_there_is(topic: str) -> None:
    known = dict(commands())
    every = set().union(*(options(command) for command in known.values()))
    text = page(topic)
    if "torchrun" in text:
        from torch.distributed.run import get_args_parser

        every |= {option for action in get_args_parser()._actions for option in action.option_strings}
    assert set(re.findall(r"--[a-z][a-z-]+", text)) <= every
    for line in re.findall(r"^    (?:.*\| )?(?:TRANSLATOR_BEAM=1 )?translator (.+)", text, re.MULTILINE):
        words = re.split(r"  +", line)[0].split()
        own = options(known[""])
        while words and words[0].startswith("-"):
            assert words[0] in own
            words = words[2:] if words[0] == "--color" else words[1:]
        if words:
            name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
            assert name in known
            assert {word for word in words if word.startswith("--")} <= options(known[name])


def test_the_page_on_the_prompt_names_every_command() -> None:
    text = page("repl")
    assert all(f":{name}" in text for name in COMMANDS)
    assert set(re.findall(r"(?<![\w:]):([a-z]+)", text)) <= set(COMMANDS)


def test_the_page_on_settings_names_settings() -> None:
    keys = set(re.findall(r"config (?:set|get|unset) (\w+)", page("settings")))
    assert keys
    assert keys <= set(SETTINGS)


def test_help_on_a_command_is_its_help(run: Run) -> None:
    for name in ("translate", "params", "config", "help"):
        code, out, _ = run("help", name)
        assert (code, out) == run(name, "--help")[:2]


def test_an_unknown_topic_gets_the_nearest(run: Run) -> None:
    code, out, err = run("help", "atention")
    assert (code, out) == (2, "")
    assert "no help on 'atention'\ndid you mean attention? topics: examples" in err
    assert "did you mean translate?" in run("help", "translat")[2]
    assert run("help", "repl", "--man")[0] == 2


def test_the_manual_names_every_command_option_and_topic(run: Run) -> None:
    code, out, _ = run("help", "--man")
    assert code == 0
    plain = out.replace("\\-", "-")
    for path, command in commands():
        assert path == "" or f"\n.SS translator {path} " in plain
        assert all(name in plain for name in options(command) - {"--help-all"})
    assert all(f"\n.SH {topic.upper()}\n" in plain for topic in TOPICS)
    assert all(setting.variable in plain for setting in SETTINGS.values())
    assert out.isascii()


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_groff_has_no_complaint(run: Run) -> None:
    out = run("help", "--man")[1]
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-rLL=80n"], input=out, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    text = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)  # bold, in either of groff's ways
    assert "translator translate --to pt" in text
    assert "printf 'Good morning.\\n\\nBom dia.\\n' | translator translate" in text
    assert "Onde você mora?" in text
    assert max(map(len, text.splitlines())) <= 90  # a verbatim line of 80, indented


def test_roff_takes_nothing_for_a_request() -> None:
    assert escape(".TH") == "\\&.TH"
    assert escape("'x' a-b \\n é") == "\\(aqx\\(aq a\\-b \\en \\[u00E9]"


def test_without_a_command_and_without_a_terminal_there_is_help(run: Run) -> None:
    code, out, err = run()
    assert code == 2
    assert "Usage:" in out + err
    assert "translate" in out + err
