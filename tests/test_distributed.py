"""Two processes, started as users start them, against one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small_runs import PAIRS

from translator.data.batches import Example, collate
from translator.training.distributed import ALONE, World

STEPS = 7
SETTINGS = """
corpora = ["{corpus}"]
dev = "{corpus}"
preset = "tiny"
vocab_size = 420
steps = {steps}
eval_every = 5
batch_tokens = 300
warmup_steps = 3
dropout = {dropout}
precision = "float32"
device = "cpu"
threads = 1
"""


def train(
    folder: Path, *, processes: int, dropout: float = 0.0, steps: int = STEPS
) -> subprocess.CompletedProcess[str]:
    """`translator train` in so many processes, over pairs in ``folder``, into a run folder named by their number."""
    corpus = folder / "pairs.tsv"
    corpus.write_text("".join(f"{en}\t{pt}\n" for en, pt in PAIRS), "utf-8")
    config = folder / "settings.toml"
    config.write_text(SETTINGS.format(corpus=corpus, steps=steps, dropout=dropout), "utf-8")
    command = [sys.executable, "-m", "translator", "train", "--config", str(config), "--out", str(folder / "run")]
    if processes > 1:
        command[1:1] = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "run" / "last" / "model.safetensors")


def dev_loss(folder: Path) -> float:
    lines = (folder / "run" / "log.jsonl").read_text("utf-8").splitlines()
    return [float(record["dev_nll"]) for record in map(json.loads, lines) if record["kind"] == "evaluated"][-1]


def test_two_processes_come_to_what_one_comes_to(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for processes, folder in enumerate(folders, start=1):
        folder.mkdir()
        told = train(folder, processes=processes)
        assert (told.returncode, told.stdout.count("finished")) == (0, 1), told.stderr  # only the first one tells
    one, two = map(weights, folders)
    for name in one:
        if not name.endswith("key.bias"):  # it moves no softmax: its gradient is rounding, which Adam makes large
            # Muon turns its step in bfloat16: rounding comes out as three thousandths, a wrong weight as eighty
            assert float((one[name] - two[name]).norm() / one[name].norm().clamp(min=0.1)) < 1e-2, name
    assert dev_loss(folders[0]) == pytest.approx(dev_loss(folders[1]), rel=1e-4)


def test_stopping_and_going_on_with_other_numbers_of_processes(tmp_path: Path) -> None:
    """With dropout, which is drawn apart; were the weights not alike, the second part would not begin."""
    for processes, steps in ((2, 3), (2, 5), (1, STEPS)):
        told = train(tmp_path, processes=processes, dropout=0.3, steps=steps)
        assert told.returncode == 0, told.stderr
        state = json.loads((tmp_path / "run" / "last" / "state.json").read_text("utf-8"))
        assert state["step"] == steps
    told = train(tmp_path, processes=2, dropout=0.5)
    assert told.returncode != 0
    assert "dropout was 0.3, now 0.5" in told.stderr


def test_shares_by_hand() -> None:
    """Five sentences in two processes and in seven; nothing twice, nothing lost."""
    batch = collate([Example([5, 10 + n, 3], [20 + n, 3]) for n in range(5)])
    assert ALONE.share(batch) is batch
    for size in (2, 7):
        shares = [World(rank, size).share(batch) for rank in range(size)]
        rows = [row for share in shares if share is not None for row in share.source.tolist()]
        assert rows == batch.source.tolist()
        assert sum(share.tokens for share in shares if share is not None) == batch.tokens
    assert [share is None for share in shares].count(True) == 2
