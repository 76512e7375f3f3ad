"""Millions of pairs through the corpus doctor: pairs/s and peak memory.

    python tests/benchmarks/doctor_scale.py FILE.tsv[.gz] … [--pairs 1000000] [--jobs 2] [--fix] [--folder /tmp]

The pairs are those of the files, again and again in another order, each after the first round with another number and
a word of its own at its end, so that hardly any two are equal; every fiftieth stands twice. They are written to a
temporary file first, which is not timed.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from functools import partial
from pathlib import Path

from translator.corpus.doctor.exam import Plan, examine
from translator.corpus.doctor.fix import fix
from translator.corpus.pairs import read_rows


def write(path: Path, files: list[Path], pairs: int) -> None:
    """Write so many pairs to ``path``."""
    base = [(row.en, row.pt) for file in files for row in read_rows(file) if not row.fault]
    rng, written, turn = random.Random(1), 0, 0
    with path.open("w", encoding="utf-8") as out:
        while written < pairs:
            for index, (en, pt) in enumerate(base):
                own = "" if turn == 0 else f" {''.join(rng.choices('abcdefghijklmnoprstuvz', k=6))}"
                out.write(f"{en}{own}\t{pt}{own}\n" * (1 + (index % 50 == 0)))
                written += 1 + (index % 50 == 0)
                if written >= pairs:
                    break
            rng.shuffle(base)
            turn += 1


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        corpus = Path(folder) / "corpus.tsv"
        pid = os.fork()  # so that what it takes to write the file does not count as the doctor's memory
        if pid == 0:
            write(corpus, options.files, options.pairs)
            os._exit(0)
        os.waitpid(pid, 0)
        begin, plan = time.perf_counter(), Plan(jobs=options.jobs)
        fixing = partial(fix, put=lambda pair: None, folder=Path(folder)) if options.fix else examine
        result = fixing([corpus], plan)
        seconds = time.perf_counter() - begin
    own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime
    print(f"{result.rows:,} pairs, {result.kept:,} fit, {options.jobs} processes: {result.rows / seconds:,.0f} pairs/s")
    print(f"{1e6 * cpu / result.rows:.0f} µs of CPU a pair, the writing of the file included")
    print(f"peak memory: {own.ru_maxrss / 1024:,.0f} MB here, {workers.ru_maxrss / 1024:,.0f} MB the largest worker")
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
