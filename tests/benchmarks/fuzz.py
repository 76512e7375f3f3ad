"""Every input of the fuzz set through the whole program, by argument, by pipe and by file, each with a time limit.

    python tests/benchmarks/fuzz.py [--model en-pt] [--limit 300] [--only TEXT]

Each must end in a translation or a clear error: exit code 0 or 2, our own message, as many lines out as in, nothing on
either stream that a terminal would obey. The inputs are those of ``tests/support/fuzz_cases.py``, the slow ones
included; an input that cannot be an argument (it holds NUL, or is longer than the system allows) is not given as one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz_cases import CASES, SLOW, complaints

_LONGEST_ARGUMENT = 100_000  # bytes; Linux takes 128 KiB


def ways(data: bytes, file: Path) -> dict[str, tuple[list[bytes], bytes]]:
    """Arguments and standard input, for each way in."""
    file.write_bytes(data)
    found = {"by pipe": ([], data), "by file": ([b"--input", os.fsencode(file)], b"")}
    if b"\0" not in data and len(data) < _LONGEST_ARGUMENT:
        found["by argument"] = ([data], b"")
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="en-pt")
    parser.add_argument("--limit", type=float, default=300, help="seconds for one run")
    parser.add_argument("--only", default="", help="only inputs whose name holds this")
    options = parser.parse_args()
    os.environ["TRANSLATOR_MODEL"] = options.model
    runs = bad = 0
    slowest = (0.0, "")
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (CASES | SLOW).items():
            if options.only not in name:
                continue
            for way, (arguments, stdin) in ways(data, Path(folder, "input.txt")).items():
                argv = [*map(os.fsencode, [sys.executable, "-m", "translator", "translate"]), *arguments]
                begin = time.perf_counter()
                try:
                    done = subprocess.run(argv, input=stdin, capture_output=True, timeout=options.limit, check=False)
                    found = complaints(way, data, done.returncode, done.stdout, done.stderr)
                    told = f"exit {done.returncode}, {len(done.stdout):,} bytes"
                except subprocess.TimeoutExpired:
                    found, told = [f"not done after {options.limit:.0f} s"], "killed"
                seconds = time.perf_counter() - begin
                runs, bad, slowest = runs + 1, bad + bool(found), max(slowest, (seconds, f"{name}, {way}"))
                if found or seconds > 10:
                    print(
                        f"{name}, {way}: {told}, {seconds:.1f} s; {'; '.join(found) or 'as it should be'}", flush=True
                    )
    print(f"{runs} runs, {bad} not as they should be; the slowest took {slowest[0]:.1f} s ({slowest[1]})")


if __name__ == "__main__":
    main()
