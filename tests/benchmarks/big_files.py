"""Files of many megabytes of each format: processor time and peak memory of a process that translates them with a
model that gives back what it is given, and whether the same bytes come out.

    PYTHONPATH=.:tests/support python tests/benchmarks/big_files.py [KIND…] [--megabytes 50] [--swap]

Memory is the largest resident set of the process, less that of a small file of the same kind.
"""

from __future__ import annotations

import argparse
import filecmp
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from long_texts import FILES, MEMBERS, write

ROOT = Path(__file__).resolve().parents[2]
IDENTITY = ROOT / "tests" / "support" / "identity.py"


def translated(path: Path, out: Path, **environment: str) -> tuple[float, float]:
    """Seconds of the processor, and megabytes of the largest resident set, of a process that translates ``path``."""
    argv = [sys.executable, str(IDENTITY), "translate", "-i", str(path), "-o", str(out), "--force", "--from", "en"]
    with subprocess.Popen(argv, env=os.environ | {"PYTHONPATH": str(ROOT)} | environment) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{path.name}: exit code {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def same(one: Path, other: Path) -> bool:
    """Whether two files are the same, or two packages hold the same."""
    if one.suffix[1:] not in MEMBERS:
        return filecmp.cmp(one, other, shallow=False)
    with zipfile.ZipFile(one) as a, zipfile.ZipFile(other) as b:
        return [(i.filename, i.CRC) for i in a.infolist()] == [(i.filename, i.CRC) for i in b.infolist()]


def main() -> None:
    """A line for each kind."""
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, "utf-8", line_buffering=True)
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*", default=list(FILES))
    parser.add_argument("--megabytes", type=float, default=50)
    parser.add_argument("--swap", action="store_true", help="change every letter that a translation may change")
    options = parser.parse_args()
    environment = {"IDENTITY_SWAP": "1"} if options.swap else {}
    print(f"{'kind':>12} {'MB':>5} {'seconds':>8} {'peak MB':>8} {'above a small file':>19}  same bytes")
    for kind in options.kinds:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _, small = translated(write(kind, 1000, folder), folder / "out", **environment)
            path = write(kind, int(options.megabytes * 2**20), folder)
            seconds, peak = translated(path, folder / "out", **environment)
            told = "" if options.swap else "yes" if same(path, folder / "out") else "NO"
        print(f"{kind:>12} {options.megabytes:5.0f} {seconds:8.1f} {peak:8.0f} {peak - small:19.0f}  {told}")


if __name__ == "__main__":
    main()
