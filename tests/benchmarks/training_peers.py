"""How fast ``small`` trains beside JoeyNMT 2.3.0 and beside a plain ``nn.Transformer`` loop, and to what loss.

    python -m venv peer
    peer/bin/pip install joeynmt==2.3.0 --no-deps
    peer/bin/pip install torch==2.13.0 numpy pyyaml packaging sacrebleu sacremoses subword-nmt datasets pandas \\
        matplotlib seaborn tensorboard pillow "setuptools<81" sentencepiece==0.2.0 importlib_metadata
    python tests/benchmarks/training_peers.py TRAIN.tsv.gz … --dev DEV.tsv --joeynmt peer/bin/python

(The torch that is installed is best the very build that ours uses. JoeyNMT needs three hand repairs more, which
``peers/joeynmt_loop.py`` makes and names.)

All train the same shape (6+2 layers, D = 256, H = 4, F = 1024, pre-norm, every embedding tied, dropout 0.1) on the same
pairs in both directions with the same subword model, in batches of about ``--batch-tokens`` places of source and target
together, each with its own default recipe, each in a process of its own. They take turns, a round of the same number of
tokens each, the order reversed from round to round, until each has seen ``--tokens``; the first round warms up and is
not counted. Then the loss of each on the same dev batches is told: nats a target token, not smoothed.

Tokens are real ones, padding not counted. Ratios are medians over the rounds of the ratio within a round: by the clock,
and by CPU seconds, which other people's work on the machine disturbs least. Encoding is charged to ours and to the
plain loop by the batch; JoeyNMT tokenises as it goes.

The share of the peak is the time that the step's matrix products alone take at these shapes (see training_speed.py)
over the time of the whole step; of bfloat16 the share of the float32 peak is told too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from peers.data import prepare

from translator.corpus.pairs import Pair, read_pairs

HERE = Path(__file__).parent
OURS, PEERS = ("ours float32", "ours bfloat16"), ("plain loop", "JoeyNMT", "JoeyNMT, our batches")


@dataclass
class Contestant:
    """A process that trains a round at a time, and what it told."""

    name: str
    process: subprocess.Popen[str]
    facts: dict[str, Any] = field(default_factory=dict)
    rounds: list[dict[str, Any]] = field(default_factory=list)
    nll: float = float("nan")

    def ask(self, *words: object) -> dict[str, Any]:
        """Send a request if there is one, and wait for the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if words:
            self.process.stdin.write(" ".join(map(str, words)) + "\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended; what it said stands above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def per_second(self, what: str = "tokens") -> list[float]:
        """Tokens a second of each round that counts."""
        return [_tokens(r, what) / r["seconds"] for r in self.rounds[1:]]

    def cpu_a_token(self) -> list[float]:
        """CPU seconds a token of each round that counts."""
        return [r["cpu_seconds"] / _tokens(r) for r in self.rounds[1:]]


def _tokens(found: dict[str, Any], what: str = "tokens") -> int:
    return int(found["target"] + (found["source"] if what == "tokens" else 0))


def commands(folder: Path, options: argparse.Namespace) -> dict[str, list[str]]:
    """How each contestant is started."""
    ours, plain, joey = (str(HERE / "peers" / name) for name in ("ours.py", "plain.py", "joeynmt_loop.py"))
    found = {
        "ours float32": [sys.executable, ours, str(folder), "float32"],
        "ours bfloat16": [sys.executable, ours, str(folder), "bfloat16"],
        "plain loop": [sys.executable, plain, str(folder)],
    }
    if options.joeynmt:
        python = [options.joeynmt, joey, str(folder), str(options.batch_tokens)]
        found |= {"JoeyNMT": [*python, "own"], "JoeyNMT, our batches": [*python, "ours"]}
    return {name: command for name, command in found.items() if name not in options.without}


def start(name: str, command: list[str], log: Path) -> Contestant:
    paths = [str(HERE), str(HERE.parent.parent), os.environ.get("PYTHONPATH", "")]
    with log.open("a") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )
    contestant = Contestant(name, process)
    contestant.facts = contestant.ask()
    return contestant


def take_turns(contestants: list[Contestant], tokens: int, rounds: int) -> None:
    for number in range(1, rounds + 1):
        for contestant in contestants if number % 2 else reversed(contestants):
            contestant.rounds.append(contestant.ask("round", tokens * number // rounds))
        print(f"round {number}: tokens/s, CPU µs/token (load average {os.getloadavg()[0]:.1f})", flush=True)
        for c in contestants:
            last, seen = c.rounds[-1], _tokens(c.rounds[-1])
            cpu = 1e6 * last["cpu_seconds"] / seen
            print(f"    {c.name:>21} {seen / last['seconds']:7,.0f} {cpu:7,.0f}", flush=True)
    for contestant in contestants:
        contestant.nll = contestant.ask("nll")["nll"]
        print(f"dev loss of {contestant.name}: {contestant.nll:.3f}", flush=True)


def tell(contestants: list[Contestant]) -> None:
    """The table of figures, then the ratios and shares asked for."""
    print(f"\n{'':>22} {'tokens/s':>9} {'target/s':>9} {'CPU µs/token':>13} {'padding':>8} {'seen':>10} {'dev nll':>8}")
    for c in contestants:
        seen = sum(map(_tokens, c.rounds))
        padding = 1 - seen / sum(r["padded"] for r in c.rounds)
        print(
            f"{c.name:>22} {statistics.median(c.per_second()):9,.0f} {statistics.median(c.per_second('target')):9,.0f} "
            f"{1e6 * statistics.median(c.cpu_a_token()):13,.0f} {padding:8.1%} {seen:10,} {c.nll:8.3f}"
        )
    print()
    for ours in (c for c in contestants if c.name in OURS):
        auto = " (what auto chooses here)" if ours.facts["auto"] in ours.name else ""
        print(f"{ours.name}{auto}")
        for peer in (c for c in contestants if c.name in PEERS):
            clock = [a / b for a, b in zip(ours.per_second(), peer.per_second(), strict=True)]
            cpu = [b / a for a, b in zip(ours.cpu_a_token(), peer.cpu_a_token(), strict=True)]
            print(
                f"    {statistics.median(clock):5.2f} × {peer.name} by the clock, {statistics.median(cpu):.2f} × by "
                f"CPU seconds (rounds: {', '.join(f'{ratio:.2f}' for ratio in clock)})"
            )
        for what in ("seconds", "cpu_seconds"):
            shares = [r[f"ideal_{what}"] / r[what] for r in ours.rounds[1:]]
            print(
                f"    {statistics.median(shares):.0%} of the peak by {what.replace('_', ' ')} "
                f"(rounds: {', '.join(f'{share:.0%}' for share in shares)})"
            )
        print(f"    peak {statistics.median(r['flops'] for r in ours.rounds[1:]) / 1e9:.0f} GFLOP/s at these shapes")
    pair = [c for c in contestants if c.name in OURS]
    if len(pair) == 2:
        single, half = pair
        shares = [a["ideal_seconds"] / b["seconds"] for a, b in zip(single.rounds[1:], half.rounds[1:], strict=True)]
        print(f"{half.name} at {statistics.median(shares):.0%} of the float32 peak")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("corpora", nargs="+", type=Path, help="parallel files")
    parser.add_argument("--dev", type=Path, required=True, help="parallel file the loss is measured on")
    parser.add_argument("--joeynmt", help="a Python that has JoeyNMT 2.3.0; left out if not given")
    parser.add_argument("--pairs", type=int, default=100_000, help="drawn from the corpora")
    parser.add_argument("--tokens", type=int, default=600_000, help="source + target tokens each sees")
    parser.add_argument("--rounds", type=int, default=12, help="the first is not counted")
    parser.add_argument("--dev-pairs", type=int, default=1000, help="the first of --dev")
    parser.add_argument("--batch-tokens", type=int, default=4096)
    parser.add_argument("--without", action="append", default=[], choices=[*OURS, *PEERS], help="leave one out")
    options = parser.parse_args()
    if not options.joeynmt:
        print("JoeyNMT is left out: no --joeynmt PYTHON is given (how to make one stands at the head of this file)")
    pairs: list[Pair] = [pair for path in options.corpora for pair in read_pairs(path)]
    pairs = random.Random(1).sample(pairs, min(options.pairs, len(pairs)))
    dev = list(read_pairs(options.dev))[: options.dev_pairs]
    print(f"{len(pairs):,} pairs, {torch.get_num_threads()} threads, batches of {options.batch_tokens} places")
    with tempfile.TemporaryDirectory() as name:
        folder, log = Path(name), Path(name) / "log"
        prepare(folder, pairs, dev, batch_tokens=options.batch_tokens, tokens=options.tokens)
        contestants: list[Contestant] = []
        try:
            for who, command in commands(folder, options).items():
                contestants.append(start(who, command, log))
            take_turns(contestants, options.tokens, options.rounds)
            tell(contestants)
        except SystemExit:
            print(log.read_text("utf-8", "replace")[-4000:], file=sys.stderr)
            raise
        finally:
            for contestant in contestants:
                contestant.process.kill()


if __name__ == "__main__":
    main()
