"""A hundred thousand lines through a pipe: as many out as in, memory flat, the last as fast as the first.

    python tests/benchmarks/long_pipe.py FILE.tsv[.gz] [--lines 100000] [--beam 1]

Lines are the two sides of FILE in turn, with a blank line after every tenth, again from the beginning where they run
out. Prints, for every tenth of the lines, the time it took and the process's memory at its end; each line is counted
when it comes out, and the blank ones must come out where they went in.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from translator.corpus.pairs import read_pairs


def lines_of(path: Path) -> Iterator[str]:
    """Lines without end."""
    while True:
        for number, pair in enumerate(read_pairs(path), start=1):
            yield pair[number % 2]
            if number % 9 == 0:
                yield ""


def feed(pipe: IO[bytes], lines: list[str]) -> None:
    """Write all lines, as fast as the other side reads."""
    with pipe:
        for line in lines:
            pipe.write(line.encode() + b"\n")


def resident(pid: int) -> float:
    """MB of memory a process holds now."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--model", default="en-pt")
    parser.add_argument("--beam", type=int, default=4)
    options = parser.parse_args()
    lines = list(itertools.islice(lines_of(options.file), options.lines))
    tenth = max(1, len(lines) // 10)
    argv = [sys.executable, "-m", "translator", "translate", "--model", options.model, "--beam", str(options.beam)]
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert child.stdin is not None
    assert child.stdout is not None
    threading.Thread(target=feed, args=(child.stdin, lines)).start()
    times, memory, out, misplaced = [], [], 0, 0
    begin = before = time.perf_counter()
    for out, raw in enumerate(child.stdout, start=1):
        misplaced += out > len(lines) or (not raw.strip()) != (not lines[out - 1].strip())
        if out % tenth == 0:
            now = time.perf_counter()
            times.append(now - before)
            memory.append(resident(child.pid))
            before = now
            print(f"{out:>9,} lines: {times[-1]:7.1f} s for {tenth:,}, {memory[-1]:5.0f} MB", flush=True)
    code = child.wait()
    seconds = time.perf_counter() - begin
    print(
        f"{len(lines):,} lines in, {out:,} out, {misplaced} not in their place, exit code {code}, beam {options.beam}"
    )
    print(f"{len(lines) / seconds:,.0f} lines/s; load average {os.getloadavg()[0]:.1f}")
    if len(times) > 2:
        print(f"last tenth / first tenth: time {times[-1] / times[0]:.2f}, memory {memory[-1] / memory[0]:.2f}")


if __name__ == "__main__":
    main()
