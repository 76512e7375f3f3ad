"""Training time to a dev BLEU: the default recipe beside plain Adam with an inverse square root schedule.

    python tests/benchmarks/time_to_bleu.py RUN_A RUN_B                    # two finished or running run folders
    python tests/benchmarks/time_to_bleu.py runs/default runs/adam --run \\
        --corpora TRAIN.tsv.gz … --dev DEV.tsv --minutes 60                # train both, one after the other, first

The first folder is the default recipe, the second what it is compared with. The time is that spent training, as
log.jsonl has it: evaluations and saves are not counted. Between two evaluations BLEU is taken to rise in a straight
line. Steps and tokens to the same BLEU stand beside the time: they do not change with what else the machine does.

The default schedule falls over the last part of its budget, so what time it takes depends on the budget too; the other
knows no budget.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import tomli_w

from translator.config import TrainConfig

PLAIN: dict[str, object] = {
    "optimizer": "adamw",
    "weight_decay": 0.0,  # so that AdamW is Adam
    "schedule": "inverse-sqrt",
    "adam_lr": 0.001,
    "warmup_steps": 1000,
}
WIDTH = 40  # columns of the curve


@dataclass(frozen=True)
class Point:
    """An evaluation."""

    seconds: float
    step: float
    tokens: float
    bleu: float  # mean of the directions

    def toward(self, other: Point, share: float) -> Point:
        """The point ``share`` of the way to ``other``."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Point(*(a + share * (b - a) for a, b in pairs))


def read_run(folder: Path) -> list[Point]:
    """The evaluations of a run; the tokens of a step from the progress records around it."""
    records = [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]
    steps, tokens = [0], [0]
    for record in records:
        if record["kind"] == "progress" and record["step"] > steps[-1]:
            steps.append(record["step"])
            tokens.append(record["tokens"])
    points = []
    for record in records:
        if record["kind"] == "evaluated":
            step, bleu = record["step"], record["scores"]["bleu"]
            points.append(Point(record["seconds"], step, _between(step, steps, tokens), sum(bleu.values()) / len(bleu)))
    return points


def _between(x: float, xs: list[int], ys: list[int]) -> float:
    """``ys`` at ``x``, in a straight line between the two nearest; beyond the last, the last line goes on."""
    pairs = list(pairwise(zip(xs, ys, strict=True)))
    for (x0, y0), (x1, y1) in pairs:
        if x <= x1 or (x1, y1) == (xs[-1], ys[-1]):
            return y0 + (x - x0) / (x1 - x0) * (y1 - y0)
    return 0.0


def reached(points: list[Point], bleu: float) -> Point | None:
    """When the run first came to ``bleu``."""
    for before, after in pairwise(points):
        if before.bleu < bleu <= after.bleu:
            return before.toward(after, (bleu - before.bleu) / (after.bleu - before.bleu))
    return None


def best(points: list[Point]) -> Point:
    return max(points, key=lambda point: point.bleu)


def curve(runs: dict[str, list[Point]], bleu: float, rows: int = 16) -> str:
    """BLEU over training time, a row a moment, a mark a run: A and B, * where they meet, | the BLEU looked for."""
    last = max(points[-1].seconds for points in runs.values())
    top = max(bleu, *(best(points).bleu for points in runs.values())) or 1.0
    lines = [f"{'minutes':>8}  BLEU 0 {'·' * (WIDTH - 6)} {top:.0f}   {'':>5}A {'':>5}B"]
    for row in range(rows + 1):
        now = last * row / rows
        line, told = [" "] * (WIDTH + 1), []
        line[round(WIDTH * bleu / top)] = "|"
        for letter, points in zip("AB", runs.values(), strict=True):
            value = bleu_at(points, now)
            told.append("      " if value is None else f"{value:6.1f}")
            if value is not None:
                place = round(WIDTH * value / top)
                line[place] = "*" if line[place] in "AB" else letter
        lines.append(f"{now / 60:8.1f}  {''.join(line)}  {' '.join(told)}")
    return "\n".join(lines)


def bleu_at(points: list[Point], seconds: float) -> float | None:
    """BLEU at a moment of training; ``None`` after the run's last evaluation."""
    for before, after in pairwise(points):
        if before.seconds <= seconds <= after.seconds:
            span = after.seconds - before.seconds
            return before.toward(after, (seconds - before.seconds) / span if span else 1.0).bleu
    return None


def tell(runs: dict[str, list[Point]], bleu: float) -> None:
    """When each came to ``bleu``, and what the first saves."""
    found = {name: reached(points, bleu) for name, points in runs.items()}
    for letter, (name, point) in zip("AB", found.items(), strict=True):
        if point is None:
            top, end = best(runs[name]), runs[name][-1]
            print(
                f"{letter}  {name}: BLEU {bleu:g} not reached in {end.seconds / 60:.1f} min "
                f"({end.tokens:,.0f} tokens), best {top.bleu:.1f} after {top.seconds / 60:.1f} min"
            )
        else:
            print(
                f"{letter}  {name}: BLEU {bleu:g} after {point.seconds / 60:.1f} min "
                f"({point.step:,.0f} steps, {point.tokens:,.0f} tokens), best {best(runs[name]).bleu:.1f}"
            )
    ours, theirs = found.values()
    if ours and theirs:
        print(
            f"saving: {1 - ours.seconds / theirs.seconds:.0%} of the time ({theirs.seconds / ours.seconds:.2f} × as "
            f"fast), {1 - ours.tokens / theirs.tokens:.0%} of the tokens"
        )
    elif ours:
        end = runs[list(runs)[1]][-1]
        time, tokens = 1 - ours.seconds / end.seconds, 1 - ours.tokens / end.tokens
        print(f"saving: more than {time:.0%} of the time, {tokens:.0%} of the tokens")
    print()
    print(curve(runs, bleu))


def train(folders: list[Path], options: argparse.Namespace) -> None:
    """Train the default recipe into the first folder, plain Adam into the second; go on with what is there."""
    base: dict[str, object] = {
        "corpora": [str(path.resolve()) for path in options.corpora],
        "dev": str(options.dev.resolve()),
        "preset": "small",
        "minutes": options.minutes,
        "eval_every": options.eval_every,
        "threads": options.threads,
    }
    for folder, recipe in zip(folders, ({}, PLAIN), strict=True):
        settings = {k: v for k, v in (base | recipe | {"out": str(folder)}).items() if v is not None}
        config = TrainConfig.from_dict(settings)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "asked.toml"
        file.write_text(tomli_w.dumps(config.to_dict()), "utf-8")
        subprocess.run([sys.executable, "-m", "translator", "train", "--config", str(file)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("runs", nargs=2, type=Path, help="run folders: the default recipe, the other")
    parser.add_argument("--bleu", type=float, default=30.0)
    parser.add_argument("--run", action="store_true", help="train them first")
    parser.add_argument("--corpora", nargs="+", type=Path, default=[])
    parser.add_argument("--dev", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0, help="budget of each run")
    parser.add_argument("--eval-every", type=int, default=150)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    if options.run:
        if not options.corpora or options.dev is None:
            parser.error("--run needs --corpora and --dev")
        train(options.runs, options)
    tell({str(folder): read_run(folder) for folder in options.runs}, options.bleu)


if __name__ == "__main__":
    main()
