"""The cases of tests/cases/carried.jsonl with the shipped model: how many come out as a user expects, class by class.

    python tests/benchmarks/cases.py [--model MODEL] [--class F3]

``keep`` stands in what comes out; ``match`` and ``refuse`` are regular expressions found and not found there. Cases of
files go through ``translator.documents``; those that a message may decline count as right when one does.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any


def main() -> int:
    """Print what went wrong and the table; 1 if anything did."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="en-pt")
    parser.add_argument("--class", dest="only")
    asked = parser.parse_args()
    file = Path(__file__).parents[1] / "cases" / "carried.jsonl"
    cases = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for case in cases:
        if asked.only in (None, case["class"]):
            done = run(case, asked.model)
            total[case["class"]] += 1
            right[case["class"]] += is_right(case, done)
            if not is_right(case, done):
                print(f"{case['class']}  {case['text']!r} -> {done.stdout!r} {done.stderr.strip()}")
    for name in sorted(total, key=lambda name: (len(name), name)):
        print(f"{name:<5}{right[name]:>4} / {total[name]}")
    print(f"all  {right.total():>4} / {total.total()}")
    return int(right != total)


def run(case: dict[str, Any], model: str) -> subprocess.CompletedProcess[str]:
    """Translate the text of a case, from standard input or a file."""
    command = [sys.executable, "-m", "translator", "translate", "--model", model, *case.get("args", [])]
    command += ["--from", case["from"]] if case["from"] else []
    with tempfile.TemporaryDirectory() as folder:
        if ending := case.get("file"):
            path = Path(folder, f"case{ending}")
            path.write_bytes(case["text"].encode())
            command += ["--input", str(path)]
        given = b"" if ending else case["text"].encode()
        done = subprocess.run(command, input=given, capture_output=True, check=False)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def is_right(case: dict[str, Any], done: subprocess.CompletedProcess[str]) -> bool:
    """Whether all that is expected of a case holds."""
    out = done.stdout
    if case.get("may_decline") and done.returncode and done.stderr and not out:
        return True
    warns = case.get("warns", "")
    return (
        done.returncode == 0
        and all(thing in out for thing in case.get("keep", []))
        and all(re.search(pattern, out, re.MULTILINE) for pattern in case.get("match", []))
        and not any(re.search(pattern, out, re.MULTILINE) for pattern in case.get("refuse", []))
        and out.count("\n") == case.get("lines", out.count("\n"))
        and (not done.stderr.strip() if warns is False else bool(re.search(warns, done.stderr)))
    )


if __name__ == "__main__":
    sys.exit(main())
