"""The order of the rooms, and what may be imported when."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest
from fresh import loaded_after

import translator

PACKAGE = Path(translator.__file__).parent
ROOMS = [
    "errors",
    "config",
    "files",
    "text",
    "documents",
    "corpus",
    "model",
    "search",
    "explain",
    "translation",
    "training",
    "evaluation",
    "draw",
    "commands",
]
FILES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem not in {"__init__", "__main__"}
)


def room_of(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Rooms of translator that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found |= {name.split(".")[1] for name in names if name.startswith("translator.")}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_up_only(path: Path) -> None:
    own = ROOMS.index(room_of(path.relative_to(PACKAGE).parts))
    below = sorted(room for room in imports(path) if ROOMS.index(room) > own)
    assert not below


def test_every_room_is_in_the_list() -> None:
    rooms = {room_of(path.relative_to(PACKAGE).parts) for path in FILES}
    assert rooms == set(ROOMS)


@pytest.mark.parametrize("room", ["errors", "config", "files", "text"])
def test_these_rooms_know_nothing_of_torch(room: str) -> None:
    sources = [path for path in FILES if room_of(path.relative_to(PACKAGE).parts) == room]
    assert sources
    assert not [path for path in sources if "import torch" in path.read_text("utf-8")]


def test_help_needs_neither_torch_nor_sacrebleu() -> None:
    code = "import contextlib\nfrom translator.commands.app import main\n"
    code += "with contextlib.suppress(SystemExit):\n    main(['train', '--help'])"
    loaded = loaded_after(code)
    assert "typer" in loaded
    assert not loaded & {"torch", "sacrebleu", "sentencepiece", "numpy"}


def test_front_door() -> None:
    assert sorted(translator.__all__) == [
        "SearchConfig",
        "TranslateOptions",
        "Translation",
        "Translator",
        "TranslatorError",
    ]
    assert all(getattr(translator, name).__name__ == name for name in translator.__all__)
    assert "torch" not in loaded_after("import translator")
    with pytest.raises(AttributeError, match="nothing_here"):
        _ = translator.nothing_here


def test_weights_are_read_without_a_compiler() -> None:
    """torch._dynamo takes longer to import than the weights take to be read, and a picture waited for it."""
    code = "import sys; from translator.translation import Translator; Translator.load('en-pt').checkpoint\n"
    code += "print('modules:', 'torch' in sys.modules, 'torch._dynamo' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-2:] == ["True", "False"]


def modules_imported(path: Path) -> set[str]:
    """The modules of this package that ``path`` imports: at its head, in a function, or for its types alone."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if name in MODULES else node.module for name in names}
    return found & MODULES.keys()


def module_name(path: Path) -> str:
    parts = ("translator", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in PACKAGE.rglob("*.py")}


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = graphlib.TopologicalSorter({name: modules_imported(path) - {name} for name, path in MODULES.items()})
    graph.prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_can_be_read(path: Path) -> None:
    """A file has 400 lines at most; a function 60, its docstring included, and 14 parameters."""
    text = path.read_text("utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, node.name
            assert len(node.args.args) + len(node.args.kwonlyargs) <= 14, node.name


def test_nothing_lies_about_at_the_top() -> None:
    root = PACKAGE.parent
    if not (root / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout
    assert {Path(name).parts[0] for name in listed.splitlines()} == {
        *(".ci", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "README.pt.md"),
        *("checkpoints", "corpus", "docs", "pyproject.toml", "tests", "translator"),
    }
