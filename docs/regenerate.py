"""Run every `$ command` of README.md, README.pt.md and docs/ again, at 80 columns, and put today's output under it.

python docs/regenerate.py [FILE…]       rewrites the files
python docs/regenerate.py --check FILE… tells which would change, with exit code 1
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(r"^```\n(\$ .*?)^```$", re.MULTILINE | re.DOTALL)
_PICTURES = {
    "attention.svg": ["attend", "My brother works in a hospital.", "--svg"],
}


def output_of(command: str, folder: Path) -> str:
    """What a command prints in a terminal of 80 columns without colours, errors included."""
    environment = os.environ | {
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        executable="/bin/bash",
    )
    return done.stdout + done.stderr


def regenerated(text: str, folder: Path) -> str:
    """``text`` with the output of each of its commands as it is today."""

    def block(match: re.Match[str]) -> str:
        commands = [line for line in match[1].splitlines() if line.startswith("$ ")]
        parts = [
            f"{command}\n{output_of(command[2:], folder).rstrip()}\n".replace("\n\n\n", "\n\n") for command in commands
        ]
        return "```\n" + "".join(parts) + "```"

    return _BLOCK.sub(block, text)


def main() -> int:
    """Rewrite or check the files that were named, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    files = asked.files or [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md"))]
    changed = []
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            before = file.read_text("utf-8")
            after = regenerated(before, Path(folder))
            if after != before:
                changed.append(file.name)
                if not asked.check:
                    file.write_text(after, "utf-8")
    if not asked.check:
        for name, arguments in _PICTURES.items():
            picture = ROOT / "docs" / "pictures" / name
            subprocess.run(
                [sys.executable, "-m", "translator", *arguments, str(picture), "--force"],
                check=True,
                stdout=subprocess.DEVNULL,
            )
    print(f"changed: {', '.join(changed) or 'nothing'}")
    return 1 if asked.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
