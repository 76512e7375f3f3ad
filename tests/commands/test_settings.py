"""Settings: the file, the environment, and what wins; colour and quiet, which belong to every command."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from examples import SENTENCES
from fresh import loaded_after
from hypothesis import given
from hypothesis import strategies as st

from translator.commands.app import main, program
from translator.commands.console import fresh_global_options, global_options, set_global_options, stderr, stdout, warn
from translator.commands.settings import SETTINGS, read_file, settings_file, write_setting
from translator.config import SearchConfig
from translator.errors import InputError, UsageError

EN, PT = SENTENCES[0], SENTENCES[1]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "folder" / "config.toml"
    monkeypatch.setenv("TRANSLATOR_CONFIG", str(path))
    monkeypatch.setenv("COLUMNS", "80")
    for setting in SETTINGS.values():
        monkeypatch.delenv(setting.variable, raising=False)
    return path


@pytest.fixture
def run(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(), "utf-8"))
        try:
            main(list(argv))
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return call


def written(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_set_get_unset(run: Run, file: Path) -> None:
    assert run("config", "get", "beam") == (0, "1\n", "")
    assert run("config", "set", "beam", "6") == (0, "", "")
    assert run("config", "get", "beam") == (0, "6\n", "")
    assert run("config", "get", "beam", "--json") == (0, "6\n", "")
    assert file.read_text("utf-8") == "beam = 6\n"
    assert run("config", "unset", "beam") == (0, "", "")
    assert run("config", "get", "beam") == (0, "1\n", "")
    assert run("config", "path") == (0, f"{file}\n", "")
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_list_says_where_each_value_is_from(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(file, "beam = 6\nquiet = true\n")
    monkeypatch.setenv("TRANSLATOR_ENGINE", "torch")
    monkeypatch.setenv("TRANSLATOR_BEAM", "7")
    code, out, _ = run("config", "list", "--json")
    listed = json.loads(out)
    assert code == 0
    assert list(listed) == list(SETTINGS)
    assert listed["beam"] == {"value": 7, "source": "TRANSLATOR_BEAM"}
    assert listed["quiet"] == {"value": True, "source": str(file)}
    assert listed["engine"] == {"value": "torch", "source": "TRANSLATOR_ENGINE"}
    assert listed["color"] == {"value": "auto", "source": "default"}
    code, table, _ = run("config")
    assert code == 0
    assert max(map(len, table.partition("\nfile:")[0].splitlines())) <= 80
    assert re.search(r"^beam +7 +TRANSLATOR_BEAM ", table, re.MULTILINE)
    assert re.search(r"^quiet +true +file ", table, re.MULTILINE)


def test_comments_and_order_stay(run: Run, file: Path) -> None:
    written(file, '# mine\nbeam = 6 # wide\n\n# dark\ncolor = "never"')
    run("config", "set", "beam", "2")
    run("config", "set", "quiet", "yes")
    assert file.read_text("utf-8") == '# mine\nbeam = 2\n\n# dark\ncolor = "never"\nquiet = true\n'
    run("config", "unset", "color")
    assert file.read_text("utf-8") == "# mine\nbeam = 2\n\n# dark\nquiet = true\n"


def test_a_value_over_several_lines_is_replaced_whole(file: Path) -> None:
    written(file, 'beam = 3\nmodel = """\na\nb"""\n')
    write_setting(file, "model", "other")
    assert tomllib.loads(file.read_text("utf-8")) == {"beam": 3, "model": "other"}


@given(st.lists(st.tuples(st.sampled_from(sorted(SETTINGS)), st.sampled_from(["a", "b", None])), max_size=8))
def test_writing_is_a_dictionary(steps: list[tuple[str, str | None]]) -> None:
    """Whatever is set and unset in whatever order, the file holds what a dictionary would."""
    import tempfile

    values: dict[str, dict[str, Any]] = {
        "model": {"a": "x\\y", "b": 'quo"ted = 1'},
        "engine": {"a": "auto", "b": "torch"},
        "beam": {"a": 1, "b": 64},
        "length_penalty": {"a": 0.5, "b": 1e-05},
        "n_best": {"a": 1, "b": 2},
        "color": {"a": "auto", "b": "always"},
        "theme": {"a": "dark", "b": "light"},
        "quiet": {"a": True, "b": False},
        "history": {"a": True, "b": False},
    }
    expected: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        for key, which in steps:
            value = None if which is None else values[key][which]
            write_setting(path, key, value)
            if value is None:
                expected.pop(key, None)
            else:
                expected[key] = value
        assert read_file(path) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\nbeem = 4\n", "line 2: unknown setting 'beem'"),
        ('# x\nbeam = "4"\n', "line 2: beam is '4'; it takes a whole number"),
        ("quiet = true\nbeam = true\n", "line 2: beam is True; it takes a whole number"),
        ("beam = 4.5\n", "line 1: beam is 4.5"),
        ("beam = 65\n", "line 1: beam is 65; it must be from 1 to 64"),
        ("length_penalty = nan\n", "line 1: length_penalty is nan"),
        ('color = "pink"\n', "line 1: color is 'pink'; it takes one of auto, always, never"),
        ("history = 1\n", "line 1: history is 1; it takes true or false"),
        ("model = ''\n", "line 1: model is ''"),
        ("\n[colors]\nx = 1\n", "line 2: unknown setting 'colors'"),
        ("beam = 4\nbeam 5\n", "is not TOML: Expected '=' after a key in a key/value pair (at line 2"),
    ],
)
def test_a_mistake_in_the_file_is_named_by_line(run: Run, file: Path, text: str, says: str) -> None:
    written(file, text)
    for argv in (["translate", EN], [], ["params"], ["config", "list"], ["config", "set", "beam", "3"]):
        code, out, err = run(*argv)
        assert (code, out) == (2, "")
        assert f"{file}" in err.replace("\n", "")
        assert says in err
    assert file.read_text("utf-8") == text
    assert run("config", "path")[0] == run("help")[0] == run("--version")[0] == 0


def test_a_file_that_is_no_text(run: Run, file: Path) -> None:
    written(file, "").write_bytes(b"beam = 4 # \xe7\n")
    code, _, err = run("translate", EN)
    assert code == 2
    assert "not UTF-8 (byte 12)" in err


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("set", "beem", "1"), "unknown setting 'beem'\ndid you mean beam?"),
        (("get", "length-penalti"), "did you mean length_penalty?"),
        (("set", "beam", "many"), "beam is 'many'; it takes a whole number"),
        (("set", "beam", "-1"), "beam is -1; it must be from 1 to 64"),
        (("set", "n_best", "65"), "n-best is 65; it must be from 1"),
        (("set", "length_penalty", "inf"), "length_penalty is inf"),
        (("set", "color", "pink"), "one of auto, always, never"),
        (("set", "model", "/no/such"), "no such model: /no/such"),
    ],
)
def test_a_mistake_by_command_writes_nothing(run: Run, file: Path, argv: tuple[str, ...], says: str) -> None:
    code, _, err = run("config", *argv)
    assert code == 2
    assert says in err
    assert not file.exists()


def test_a_model_folder_is_kept_by_its_full_path(
    run: Run, trained: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trained.parent)
    assert run("config", "set", "model", trained.name)[0] == 0
    assert read_file(file) == {"model": str(trained)}
    monkeypatch.chdir("/")
    assert run("translate", EN) == (0, f"{PT}\n", "")


def test_what_wins(run: Run, trained: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(file, f'model = "{trained}"\nn_best = 2\n')
    assert len(run("translate", EN)[1].splitlines()) == 2
    monkeypatch.setenv("TRANSLATOR_N_BEST", "3")
    assert len(run("translate", EN)[1].splitlines()) == 3
    assert len(run("translate", EN, "-n", "4")[1].splitlines()) == 4
    monkeypatch.setenv("TRANSLATOR_MODEL", "/no/model")
    code, _, err = run("translate", EN)
    assert code == 2
    assert "no such model: /no/model" in err
    assert run("translate", EN, "--model", str(trained))[0] == 0
    monkeypatch.setenv("TRANSLATOR_MODEL", "")  # empty is as good as not there
    assert run("translate", EN)[0] == 0


def test_a_mistake_in_the_environment_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSLATOR_BEAM", "wide")
    code, _, err = run("translate", EN)
    assert code == 2
    assert "TRANSLATOR_BEAM in the environment: beam is 'wide'; it takes a whole number" in err


def test_defaults_are_those_of_the_options() -> None:
    command = program(whole=True)
    tree: dict[str, Any] = dict(command.commands)
    options = {param.name: param for name in ("translate",) for param in tree[name].params}
    options |= {param.name: param for param in command.params}
    assert set(SETTINGS) <= set(options)
    for key, setting in SETTINGS.items():
        assert options[key].default == setting.default
    assert SETTINGS["beam"].default == SearchConfig().beam


@pytest.mark.parametrize("argv", [("params",), ("subwords", "extend", "x", "--out", "y")])
def test_every_command_is_offered_the_settings(run: Run, file: Path, argv: tuple[str, ...]) -> None:
    written(file, 'model = "/no/model"\n')
    code, _, err = run(*argv)
    assert code == 2
    assert "no such model: /no/model" in err


@pytest.mark.parametrize(("text", "value"), [("yes", True), ("ON", True), ("1", True), ("0", False), ("Off", False)])
def test_truth_has_many_words(text: str, value: bool) -> None:
    assert SETTINGS["quiet"].parse(text) is value
    with pytest.raises(UsageError, match="true or false"):
        SETTINGS["quiet"].parse("maybe")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs itself is asked")
@pytest.mark.parametrize("base", ["", "/some/where", "relative"])
def test_the_place_is_that_of_platformdirs(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from platformdirs import user_config_path

    monkeypatch.delenv("TRANSLATOR_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", base)
    expected = user_config_path("translator", appauthor=False)
    if base == "relative":  # the XDG specification: not absolute, to be ignored
        expected = Path.home() / ".config" / "translator"
    assert settings_file() == expected / "config.toml"


def test_a_start_without_a_file_reads_no_toml_and_no_prompt() -> None:
    code = "import contextlib\nfrom translator.commands.app import main\n"
    code += "with contextlib.suppress(SystemExit):\n    main(['{}'])"
    unwanted = {"platformdirs", "prompt_toolkit", "tomli_w", "asyncio", "torch", "numpy"}
    assert not loaded_after(code.format("--version")) & unwanted
    assert not loaded_after(code.format("help")) & unwanted


def test_unreadable_settings(run: Run, file: Path) -> None:
    file.mkdir(parents=True)
    code, _, err = run("translate", EN)
    assert code == 2
    assert "cannot be read: Is a directory" in err
    with pytest.raises(InputError, match="Is a directory"):
        read_file(file)


# Colour and quiet


@pytest.fixture
def own() -> Iterator[None]:
    with fresh_global_options():
        yield


@pytest.mark.usefixtures("own")
def test_colour_always_goes_into_a_pipe_and_never_not_even_bold(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    set_global_options(color="always")  # what is asked for wins over the environment
    stdout().print("a", style="bold red")
    stderr().print("b", style="bold red")
    assert [text.count("\x1b[1;31m") for text in capsys.readouterr()] == [1, 1]
    set_global_options(color="never")
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich would take it for a terminal, where NO_COLOR leaves bold
    stdout().print("a", style="bold red")
    assert capsys.readouterr().out == "a\n"
    with pytest.raises(UsageError, match="--color pink"):
        set_global_options(color="pink")
    assert global_options().color == "never"


@pytest.mark.usefixtures("own")
def test_the_environment_decides_where_nothing_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def printed() -> str:
        stdout().print("a", style="red")
        return capsys.readouterr().out

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert printed() == "a\n"
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[31m" in printed()
    monkeypatch.setenv("NO_COLOR", "1")
    assert printed() == "a\n"


@pytest.mark.usefixtures("own")
def test_quiet_silences_all_but_errors(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    set_global_options(quiet=True)
    warn("careful")
    stderr().print("progress")
    assert capsys.readouterr().err == ""
    code, _, err = run("--quiet", "translate", "x", "--from", "fr")
    assert code == 2
    assert "unknown language" in err


def test_one_run_leaves_nothing_for_the_next(run: Run) -> None:
    before = {name: os.environ.get(name) for name in ("NO_COLOR", "FORCE_COLOR")}
    code, _, err = run("--color", "always", "translate", "x", "--from", "fr")
    assert code == 2
    assert "\x1b[" in err
    code, _, err = run("translate", "x", "--from", "fr")
    assert "\x1b[" not in err
    assert {name: os.environ.get(name) for name in before} == before
    assert run("--color", "pink", "params")[0] == 2


def test_colour_by_option_by_file_and_in_the_help(file: Path) -> None:
    def err(*argv: str, **environment: str) -> str:
        clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS")}
        done = subprocess.run(
            [sys.executable, "-m", "translator", *argv],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=clean | environment,
            check=False,
        )
        return done.stdout + done.stderr

    assert "\x1b[" in err("--color", "always", "translate", "--help")
    assert "\x1b[" not in err("--color", "never", "translate", "--help", FORCE_COLOR="1")
    written(file, 'color = "always"\n')
    assert "\x1b[" in err("translate", "x", "--from", "fr")
    assert "\x1b[" not in err("translate", "x", "--from", "fr", TRANSLATOR_COLOR="never")
    assert "\x1b[" not in err("--color", "never", "translate", "x", "--from", "fr")
