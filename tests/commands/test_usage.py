"""The help: what it holds, how it is laid out, and that every example in it does what it says."""

from __future__ import annotations

import gzip
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from examples import SENTENCES

from translator.commands.app import main, program
from translator.commands.index import COMMANDS
from translator.commands.usage import paragraphs
from translator.files import corpus_file

TREE = program(whole=True)
SECTIONS = ["Translate", "Look inside", "Your own corpus and model", "Measure", "This installation"]


def every(group: Any = TREE, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, group
    for name, inner in getattr(group, "commands", {}).items():
        yield from every(inner, (*path, name))


PATHS = [path for path, _ in every()]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*argv: str, columns: int = 80) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        with pytest.raises(SystemExit) as end:
            main(list(argv))
        assert end.value.code == 0
        return capsys.readouterr().out

    return call


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_fits_two_screens_and_is_wrapped_once(shown: Any, path: tuple[str, ...]) -> None:
    narrow = shown(*path, "--help").splitlines()
    assert len(narrow) <= 48 or f"{' '.join(('translator', *path))} --help-all" in narrow[-1]
    assert len(narrow) <= 60
    for columns in (80, 120):
        lines = shown(*path, "--help", columns=columns).splitlines()
        prose = [line for line in lines if not line.startswith("  translator")]  # examples are copied as they are
        assert max(map(len, prose)) <= columns
        assert lines[0].startswith("Usage: translator")
        assert not re.search(r"<\w+(\[\w+\])?>(?!TAB)", "\n".join(lines).replace("<TAB>", "")), "a type, not a word"
    assert len(shown(*path, "--help", columns=120).splitlines()) <= len(narrow)


def test_the_whole_begins_with_how_to_begin_and_groups_commands_before_options(shown: Any) -> None:
    text = shown("--help")
    at = [text.index(f"\n{section}\n") for section in [*SECTIONS, "Options"]]
    assert at == sorted(at)
    assert text.index('translator "I am happy."') < at[0]
    for name, entry in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(entry.summary[:20])}", text, re.MULTILINE)


def test_rare_options_are_shown_on_request_only(shown: Any) -> None:
    for path in (("translate",), ("train",)):
        some, all_ = shown(*path, "--help"), shown(*path, "--help-all")
        assert set(some.splitlines()[:-2]) <= set(all_.splitlines())
        assert "--seed N" in all_
        assert "--seed" not in some
        assert "--help-all" not in all_


def test_an_option_has_one_meaning_wherever_it_stands() -> None:
    """Those that many commands take: one name, one word for what it takes, one default, one help."""
    own = {("train", "--from"), ("similar", "--to"), ("evaluate", "--model")}  # a model; of B; several
    shared = ("--model", "--from", "--to", "--json", "--force", "--svg", "--csv", "--engine", "--target", "--kind")
    for name in shared:
        found = {
            (option.metavar, option.default, option.help)
            for path, command in every()
            for option in command.params
            if name in option.opts and (path[-1] if path else "", name) not in own
        }
        if name == "--kind":  # of `similar`: what queries and keys are of
            found = {one for one in found if one[0] != "cross|encoder"}
        if name == "--to":  # of `back-translate` it must be given
            found = {one for one in found if one[1] is None and "machine" not in one[2]}
        assert len(found) == 1, name


EXAMPLES = [
    (path, paragraph.removeprefix("Example: "))
    for path, command in every()
    for paragraph in paragraphs(command.help)
    if paragraph.startswith("Example: ")
]


def test_every_command_has_an_example() -> None:
    without = {path for path, command in every() if path and not hasattr(command, "commands")}
    assert without - {path for path, _ in EXAMPLES} == set()
    assert len({example for _, example in EXAMPLES}) == len(EXAMPLES)


@pytest.fixture
def place(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with every file that an example names: pairs of the project's own corpus, a tiny model in runs/."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRANSLATOR_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").write_text("beam = 2\n")
    own = corpus_file("train").read_text("utf-8").splitlines(keepends=True)
    few = [f"{en}\t{pt}\n" for en, pt in zip(SENTENCES[::2], SENTENCES[1::2], strict=True)]
    for name, lines in {"test": few, "dev": few, "manuals": own[:40], "mine": own[:40]}.items():
        (tmp_path / f"{name}.tsv").write_text("".join(lines), "utf-8")
    for name in ("corpus", "mine"):
        (tmp_path / f"{name}.tsv.gz").write_bytes(gzip.compress("".join(own).encode(), 1))
    (tmp_path / "memory.tmx").write_text(
        '<?xml version="1.0"?><tmx version="1.4"><header srclang="en"/><body><tu>'
        '<tuv xml:lang="en"><seg>One.</seg></tuv><tuv xml:lang="pt"><seg>Um.</seg></tuv></tu></body></tmx>'
    )
    (tmp_path / "news.txt.gz").write_bytes(gzip.compress(few[0].split("\t")[0].encode()))
    (tmp_path / "novel.txt").write_text(few[0].split("\t")[0] + "\n", "utf-8")
    (tmp_path / "noticias.pt.txt").write_text("".join(line.split("\t")[1] for line in few), "utf-8")
    shutil.copytree(trained, tmp_path / "runs/mine")
    shutil.copytree(trained, tmp_path / "runs/manuals")
    for number in (1, 2):
        shutil.copytree(trained / "best", tmp_path / f"runs/mine/steps/{number}")
    return tmp_path


def _calls(path: tuple[str, ...], example: str, place: Path) -> Iterator[list[str]]:
    """What the example calls, with what a shell does for it; a training is a short one, of a tiny model."""
    for command in example.split(" && "):
        words = []
        for word in shlex.split(command)[1:]:
            words += sorted(str(one) for one in place.glob(word)) if "*" in word else [word]
        if path == ("train",):
            shutil.rmtree(place / "runs" / ("manuals" if "--from" in words else "mine"))
            words = [
                {"60": "0.01", "en-pt": "runs/mine", "corpus.tsv.gz": "mine.tsv"}.get(word, word) for word in words
            ]
            words += ["--steps", "1"] if "--from" in words else ["--preset", "tiny"]
            words += ["--steps", "2"] if words[-2:] == ["--preset", "tiny"] and "--minutes" not in words else []
        yield words


@pytest.mark.parametrize(("path", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_an_example_runs(  # type: ignore[no-untyped-def]
    run, place: Path, path: tuple[str, ...], example: str
) -> None:
    if path == ("corpus", "download"):
        pytest.skip("needs the network; tests/corpus/test_download.py serves it")
    if path in (("serve",), ("bench",)):
        pytest.skip("it serves until it is ended, or measures for half a minute; each has tests of its own")
    if path == ("corpus", "convert"):
        (place / "mine.tsv.gz").unlink()
    if path == ("plot",):
        for name in ("mine", "manuals"):
            record = {"kind": "progress", "step": 1, "tokens": 9, "seconds": 3.0, "loss": 4.0, "nll": 3.0}
            record |= {"gradient_norm": 0.5, "learning_rate": 1.0, "tokens_per_second": 5.0}
            (place / f"runs/{name}/log.jsonl").write_text(json.dumps(record) + "\n")
    if path == ("align-eval",):
        for name in ("dev", "test"):
            lines = (place / f"{name}.tsv").read_text("utf-8").splitlines()
            (place / f"{name}.tsv").write_text("".join(f"{line}\t0-0\n" for line in lines), "utf-8")
    for words in _calls(path, example, place):
        knows_the_words = path in (("trace",), ("layers",))
        code, out, err = run(*words, model=Path("en-pt") if knows_the_words else place / "runs/mine")
        assert (code, "error:" in err) == (0, False), err
        assert out or err or path in (("config", "set"), ("config", "unset"))


def test_the_help_of_the_whole_imports_no_command_and_nothing_heavy() -> None:
    code = "import contextlib\nfrom translator.commands.app import main\n"
    code += "with contextlib.suppress(SystemExit):\n    main(['--help'])\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "typer" in loaded
    assert not loaded & {"torch", "numpy", "rich", "ctranslate2", "translator.commands.train.command"}
