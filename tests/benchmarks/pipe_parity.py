"""A thousand lines by pipe: as many out as in, and each the same as when translated alone.

    python tests/benchmarks/pipe_parity.py FILE.tsv [--model en-pt] [--engine auto]

Takes English and Portuguese sides in turn, with a blank line after every tenth line. Lines that differ are printed
with the scores of both: batched and single arithmetic round differently, so a near-tie may fall either way.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from translator.corpus.pairs import read_pairs
from translator.translation import Translator


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", default="en-pt")
    parser.add_argument("--engine", default="auto", choices=["auto", "ctranslate2", "torch"])
    parser.add_argument("--lines", type=int, default=1000)
    options = parser.parse_args()
    lines: list[str] = []
    for number, pair in enumerate(read_pairs(options.file)):
        lines.append(pair[number % 2])
        if number % 9 == 8:
            lines.append("")
    lines = lines[: options.lines]
    argv = [sys.executable, "-m", "translator", "translate", "--model", options.model, "--engine", options.engine]
    begin = time.perf_counter()
    done = subprocess.run(
        argv, input="".join(f"{line}\n" for line in lines), capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - begin
    piped = done.stdout.removesuffix("\n").split("\n")
    translator = Translator.load(options.model, options.engine)
    alone = [translator.translate(line) for line in lines]
    differ = [i for i in range(len(lines)) if piped[i] != alone[i].target]
    print(f"engine {translator.engine}: {len(lines):,} lines in, {len(piped):,} out, {seconds:.1f} s by pipe")
    blank = sum(not line for line in lines)
    print(f"blank lines: {blank} in, {sum(not line for line in piped)} out, all in place: ", end="")
    print(all((not a) == (not b) for a, b in zip(lines, piped, strict=True)))
    print(f"lines that differ from one call a line: {len(differ)}")
    together = translator.translate_batch(lines)
    for i in differ:
        print(f"  line {i + 1}: {alone[i].score:.4f} {alone[i].target!r} / {together[i].score:.4f} {piped[i]!r}")


if __name__ == "__main__":
    main()
