"""The commands of tests/cases/commands-0.5.txt in an older checkout and in this one, with the older one's weights.

    python tests/benchmarks/same_as_before.py OLD_CHECKOUT

Where a command knows --json, texts must be equal and numbers to 1e-6 (of the larger); else what it prints must be.
"""

from __future__ import annotations

import json
import math
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
JSON = ("attend", "align", "context", "embed", "layers", "next", "params", "similar", "tokens", "trace", "translate")


def main() -> int:
    """Tell each command whose result differs."""
    old, differing = Path(sys.argv[1]).resolve(), 0
    lines = (ROOT / "tests" / "cases" / "commands-0.5.txt").read_text("utf-8").splitlines()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "book.txt").write_text("Good morning.\nThe train is late.\n", "utf-8")
        (folder / "notes.md").write_text("# Notes\n\n- **Good** morning.\n", "utf-8")
        (folder / "requests.jsonl").write_text('{"text": "Good night.", "id": 1}\n', "utf-8")
        (folder / "model").symlink_to(old / "checkpoints" / "en-pt")
        for line in lines:
            command = re.sub(r"\{(.*?)\}", lambda m: str(folder / m[1]), line)
            kind = line.split()[0] if line and not line.startswith("#") else ""
            if kind not in JSON:
                continue
            suffix = " --json" if "<" not in line and not ("--input" in line or kind == "translate") else ""
            found = [_run(tree, command, suffix, old) for tree in (old, ROOT)]
            where = difference(*found)
            differing += where is not None
            print("same  " if where is None else f"DIFFERS at {where}: ", line, flush=True)
    return 1 if differing else 0


def _run(tree: Path, command: str, suffix: str, old: Path) -> Any:
    command, arrow, given = command.partition(" < ")
    environment = os.environ | {"PYTHONPATH": str(tree), "TRANSLATOR_MODEL": str(old / "checkpoints" / "en-pt")}
    done = subprocess.run(
        [sys.executable, "-m", "translator", *shlex.split(command.replace("`", "\\`") + suffix)],
        cwd=tree,  # first on the path of python -m
        env=environment | {"COLUMNS": "100", "NO_COLOR": "1"},
        stdin=open(given) if arrow else subprocess.DEVNULL,  # noqa: SIM115 the child's
        capture_output=True,
        text=True,
        check=False,
    )
    if suffix:
        return [json.loads(line) for line in done.stdout.splitlines()]
    return [done.returncode, done.stdout]


def difference(a: Any, b: Any, where: str = "") -> str | None:
    """The first place where two results differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        return next((d for key in a if (d := difference(a[key], b.get(key), f"{where}.{key}"))), None)
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return next(
            (d for i, (x, y) in enumerate(zip(a, b, strict=True)) if (d := difference(x, y, f"{where}[{i}]"))), None
        )
    if isinstance(a, float) and isinstance(b, int | float):
        return None if math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6) else f"{where} {a} {b}"
    return None if a == b else f"{where} {a!r:.150} {b!r:.150}"


if __name__ == "__main__":
    sys.exit(main())
