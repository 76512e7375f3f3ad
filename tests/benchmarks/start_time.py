"""How long a whole ``translator translate "I am happy."`` takes, process start to exit, and its peak memory.

    python tests/benchmarks/start_time.py [--model en-pt] [--rounds 7]

The fast engine, the reference engine, and a bare ``python -c pass`` take turns; medians and the ratio are printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time


def run(argv: list[str]) -> tuple[float, float]:
    """Seconds, and peak resident memory in MB."""
    begin = time.perf_counter()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, argv
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="en-pt")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    translate = [sys.executable, "-m", "translator", "translate", "I am happy.", "--model", options.model, "--engine"]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "ctranslate2": [*translate, "ctranslate2"],
        "torch": [*translate, "torch"],
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(options.rounds):
        for name, argv in commands.items():
            found[name].append(run(argv))
    for name, pairs in found.items():
        seconds = statistics.median(s for s, _ in pairs)
        memory = statistics.median(m for _, m in pairs)
        print(f"{name:>15}: {seconds:6.3f} s, {memory:5.0f} MB  ({', '.join(f'{s:.3f}' for s, _ in pairs)})")


if __name__ == "__main__":
    main()
