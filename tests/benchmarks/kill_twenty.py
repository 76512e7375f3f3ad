"""Twenty random kill -9s during one training: does it end with the same bits as if nobody had touched it?

    python tests/benchmarks/kill_twenty.py [--kills 20] [--steps 400] [--seed 1]

Trains the project's own corpus once undisturbed, then once more with the same command started again after each kill.
A third of the kills wait for a save to begin and fall into it, a sixth fall soon after the start of the process, the
others at a random moment of the training. Compares, byte for byte, the weights, the optimisers' state and the best
model, and every loss, score and sample of the log.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from translator.files import corpus_file

FILES = ("last/model.safetensors", "last/state.safetensors", "last/good.safetensors", "best/model.safetensors")
UNBUFFERED = os.environ | {"PYTHONUNBUFFERED": "1"}
FACTS = ("loss", "nll", "gradient_norm", "learning_rate", "tokens", "epoch", "dev_nll", "scores", "best")


def command(out: Path, steps: int) -> list[str]:
    """A training of the tiny preset, with more saves and evaluations than anybody needs."""
    dev = out.with_name("dev.tsv")
    dev.write_text("".join(corpus_file("dev").read_text("utf-8").splitlines(keepends=True)[:20]), "utf-8")
    options = {
        "out": out,
        "dev": dev,
        "steps": steps,
        "preset": "tiny",
        "vocab-size": 600,
        "batch-tokens": 600,
        "eval-every": 5,
        "subword-alpha": 0.1,
        "eval-sentences": 3,
        "save-minutes": 0.02,
        "precision": "float32",
        "device": "cpu",
        "threads": 1,
        "augment": 0.2,
    }
    given = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    return [sys.executable, "-m", "translator", "train", str(corpus_file("train")), *given]


def saving(out: Path) -> bool:
    """Whether a save is on its way."""
    return any(out.glob(".*.new-*"))


def kill_once(out: Path, steps: int, dice: random.Random, moment: str, longest: float) -> str:
    """Start the command and kill it; tells where that hit it, or that it came to its end before."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command(out, steps), env=UNBUFFERED, stdout=subprocess.PIPE, stderr=errors)
        assert process.stdout is not None
        if moment != "start":
            process.stdout.readline()  # it tells what it is about to train
        time.sleep(dice.uniform(0.1, longest))
        if moment == "save":
            while process.poll() is None and not saving(out):
                time.sleep(0.0005)
            time.sleep(dice.uniform(0, 0.04))
        process.kill()
        rest = process.stdout.read()
        if process.wait() == 0:
            return "finished"
        if process.returncode != -signal.SIGKILL:
            errors.seek(0)
            sys.exit(f"the training failed with {process.returncode}:\n{errors.read().decode()}")
    if saving(out):
        return "while it saved"
    return "before its first step" if moment == "start" and not rest else "while it trained"


def progress(out: Path) -> int:
    """The step of the last save, 0 before the first."""
    try:
        return int(json.loads((out / "last" / "state.json").read_text("utf-8"))["step"])
    except FileNotFoundError:
        return 0


def facts(out: Path) -> dict[str, list[Any]]:
    """What the log tells that is no time, by kind and step; each stands there once."""
    found: dict[str, list[Any]] = {}
    for line in (out / "log.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        if record["kind"] in ("progress", "evaluated"):
            key = f"{record['kind']} {record['step']}"
            if key in found:
                sys.exit(f"{key} stands twice in the log")
            found[key] = [record.get(fact) for fact in FACTS]
    return found


def main() -> None:
    """Run and report; exit code 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--longest", type=float, default=12.0, help="seconds until the latest random kill")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as place:
        whole, killed = Path(place) / "whole", Path(place) / "killed"
        begin = time.monotonic()
        subprocess.run(command(whole, options.steps), check=True, stdout=subprocess.DEVNULL)
        print(f"undisturbed: {options.steps} steps in {time.monotonic() - begin:.0f} s", flush=True)
        begin = time.monotonic()
        for number in range(1, options.kills + 1):
            moment = dice.choice(["start", "save", "save", "any", "any", "any"])
            where = kill_once(killed, options.steps, dice, moment, options.longest)
            print(f"kill {number:2}: {where}, last save at step {progress(killed)}", flush=True)
            if where == "finished":
                sys.exit("the run came to its end too early: give more --steps")
        subprocess.run(command(killed, options.steps), check=True, stdout=subprocess.DEVNULL)
        print(f"{options.kills} kills: {options.steps} steps in {time.monotonic() - begin:.0f} s")
        differing = [name for name in FILES if digest(whole / name) != digest(killed / name)]
        for name in FILES:
            print(f"{name}: {'DIFFERS' if name in differing else 'identical'}  {digest(whole / name)[:16]}")
        left, right = facts(whole), facts(killed)
        unlike = sorted(key for key in left.keys() | right.keys() if left.get(key) != right.get(key))
        print(f"log: {len(left)} records, {len(unlike)} differ {' '.join(unlike)}")
        strays = [path.name for path in killed.iterdir() if path.name.startswith(".") and path.name != ".lock"]
        print(f"left over in the run folder: {', '.join(strays) or 'nothing'}")
        sys.exit(1 if differing or unlike or strays else 0)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()
