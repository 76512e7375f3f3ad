"""What ``translator serve`` says before it serves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from translator.commands.serve import command
from translator.commands.serve.settings import Serving
from translator.errors import InputError, UsageError


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "uvicorn" else name)
    with pytest.raises(UsageError, match="serving needs uvicorn") as told:
        command.serve()
    assert told.value.hint == "install it with: pip install 'translator[serve]'"


def test_the_command_line_does_without_the_extra() -> None:
    code = (
        "import sys, translator.commands.app; print([m for m in ('starlette', 'uvicorn', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("given", [{"port": 65536}, {"char_limit": -2}, {"batch_limit": -2}, {"time_limit": 0}])
def test_limits_have_limits(given: dict[str, int]) -> None:
    name = f"--{next(iter(given)).replace('_', '-')}"
    with pytest.raises(UsageError, match=f"{name} .*it must be"):
        Serving(**given)  # type: ignore[arg-type]


def test_keys_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("# ours\none\n\n two \n")
    assert Serving(api_keys=file).keys() == {"one", "two"}
    assert Serving().keys() == frozenset()
    for content in (b"# none\n", b"\xff"):
        file.write_bytes(content)
        with pytest.raises(InputError, match="keys"):
            Serving(api_keys=file).keys()
    with pytest.raises(InputError, match=r"No such file or directory$"):
        Serving(api_keys=tmp_path / "nowhere").keys()
