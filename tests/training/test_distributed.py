"""A training in two processes against one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch
from processes import start_world
from safetensors.torch import load_file
from small_runs import PAIRS, SMALL, opened
from torch import Tensor

from translator.config import ModelConfig, TrainConfig
from translator.corpus.batches import Batch, Example, collate
from translator.errors import InputError, TranslatorError, UsageError
from translator.model.transformer import Transformer
from translator.training.distributed import ALONE, World, join_world
from translator.training.loop import TrainingLoop
from translator.training.records import DevScores
from translator.training.run import Run
from translator.training.trainer import Trainer

T = TypeVar("T")

STEPS = 10
PATIENCE = 120  # seconds until a test gives up on a process
Arguments = Callable[..., list[str]]
Start = Callable[[Sequence[str], int], list[ForkServerProcess]]


@pytest.fixture
def arguments(tmp_path: Path) -> Arguments:
    """A training over twelve pairs, by name of its run folder."""
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"{en}\t{pt}\n" for en, pt in PAIRS), "utf-8")
    settings = tmp_path / "settings.toml"
    settings.write_text("warmup_steps = 3\n", "utf-8")

    def make(out: str, **options: object) -> list[str]:
        given = {
            "config": settings,
            "dev": path,
            "out": tmp_path / out,
            "preset": "tiny",
            "vocab-size": 420,
            "steps": STEPS,
            "batch-tokens": 300,
            "eval-every": 5,
            "eval-sentences": 2,
            "precision": "float32",
            "optimizer": "adamw",  # exact in float32
            "device": "cpu",
            "threads": 1,
        } | options
        return [str(path), *(text for name, value in given.items() for text in (f"--{name}", str(value)))]

    return make


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Start]:
    """Starts processes; none outlives its test."""
    started: list[ForkServerProcess] = []

    def start(argv: Sequence[str], size: int) -> list[ForkServerProcess]:
        processes = start_world(argv, tmp_path / "told", size)
        started.extend(processes)
        return processes

    yield start
    for process in started:
        process.kill()
        process.join()


def codes(processes: Sequence[ForkServerProcess]) -> list[int | None]:
    for process in processes:
        process.join(PATIENCE)
    return [process.exitcode for process in processes]


def told(folder: Path, rank: int) -> str:
    return (folder / f"told-{rank}").read_text("utf-8")


def state(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "last" / "state.json").read_text("utf-8"))
    return found


def step_saved(run: Path) -> int:
    try:
        return int(state(run)["step"])
    except FileNotFoundError:  # none yet, or just being replaced
        return -1


def until_saved(run: Path, step: int) -> None:
    begin = time.monotonic()
    while step_saved(run) < step:
        assert time.monotonic() - begin < PATIENCE, f"step {step} was not saved"
        time.sleep(0.005)


def evaluated(run: Path) -> list[dict[str, Any]]:
    records = map(json.loads, (run / "log.jsonl").read_text("utf-8").splitlines())
    return [record for record in records if record["kind"] == "evaluated"]


def test_two_processes_come_to_what_one_comes_to(arguments: Arguments, world: Start, tmp_path: Path) -> None:
    for size in (1, 2):
        options = {"dropout": 0.0, "accumulate": 2, "typos": 0.3, "subword-alpha": 0.1}
        assert codes(world(arguments(f"{size}", **options), size)) == [0] * size, told(tmp_path, 0)
    assert told(tmp_path, 0).count("finished") == 1
    assert told(tmp_path, 1) == ""
    one, two = (load_file(tmp_path / f"{size}" / "last" / "model.safetensors") for size in (1, 2))
    for name in one:
        if not name.endswith("key.bias"):  # it moves no softmax: its gradient is rounding, which Adam makes large
            assert float((one[name] - two[name]).abs().max()) < 2e-4, name
    losses = [[record["dev_nll"] for record in evaluated(tmp_path / f"{size}")] for size in (1, 2)]
    assert len(losses[0]) == 2  # at 5, at 10
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    states = [state(tmp_path / f"{size}") for size in (1, 2)]
    for key in ("step", "tokens", "position", "left_out"):
        assert states[0][key] == states[1][key], key


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds the process to kill in /proc")
def test_torchrun_starts_it_and_starts_it_again_when_one_dies(arguments: Arguments, tmp_path: Path) -> None:
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "--max-restarts=1"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    command = [sys.executable, *launch, "-m", "translator", "train", *arguments("run", steps=60)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as torchrun:
        try:
            until_saved(tmp_path / "run", 5)
            os.kill(process_of(torchrun.pid, rank=1), signal.SIGKILL)
            out, err = torchrun.communicate(timeout=PATIENCE)
        finally:
            torchrun.terminate()
    assert (torchrun.returncode, out.count("finished")) == (0, 1), err
    assert step_saved(tmp_path / "run") == 60
    assert err.count("another process of this training is gone") == 1
    assert "warning" not in err.lower()


def process_of(parent: int, rank: int) -> int:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_child = f"PPid:\t{parent}\n" in (folder / "status").read_text()
            if is_child and f"RANK={rank}" in (folder / "environ").read_text().split("\0"):
                return int(folder.name)
        except OSError:  # gone meanwhile, or another user's
            continue
    raise AssertionError(f"no process of rank {rank}")


def test_going_on_with_other_numbers_of_processes(arguments: Arguments, world: Start, tmp_path: Path) -> None:
    """With dropout, which each process draws for itself, so that only the sum can keep their weights alike."""
    for size, steps in ((3, 3), (2, 5)):
        argv = arguments("run", dropout=0.3, steps=steps, optimizer="muon")
        assert codes(world(argv, size)) == [0] * size, told(tmp_path, 0)
        assert step_saved(tmp_path / "run") == steps
    assert codes(world(arguments("run", dropout=0.5), 2))[0] == 2
    assert "dropout was 0.3, now 0.5" in told(tmp_path, 0)


@pytest.mark.parametrize(("number", "asked"), [(signal.SIGTERM, [0, 1]), (signal.SIGINT, [1])])
def test_a_signal_to_all_or_one_saves_once_and_ends(
    arguments: Arguments, world: Start, tmp_path: Path, number: int, asked: list[int]
) -> None:
    processes = world(arguments("run", steps=100_000, **{"eval-every": 3, "schedule": "inverse-sqrt"}), 2)
    until_saved(tmp_path / "run", 3)
    for rank in asked:
        os.kill(processes[rank].pid or 0, number)
    assert codes(processes) == [128 + (number if rank in asked else signal.SIGTERM) for rank in (0, 1)], told(
        tmp_path, 1
    )
    ending = told(tmp_path, 0).partition("stopped and saved")[2]
    assert ending.count("stopped and saved") == 0
    assert f"step {step_saved(tmp_path / 'run')}," in ending
    assert told(tmp_path, 1) == ""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
@pytest.mark.parametrize("dead", [0, 1])
def test_when_one_dies_the_other_says_so_and_the_last_save_is_good(
    arguments: Arguments, world: Start, tmp_path: Path, dead: int
) -> None:
    processes = world(arguments("run", steps=100_000, **{"eval-every": 3, "schedule": "inverse-sqrt"}), 2)
    until_saved(tmp_path / "run", 3)
    processes[dead].kill()
    assert codes(processes)[1 - dead] == 1
    assert "another process of this training is gone" in told(tmp_path, 1 - dead)
    assert "Traceback" not in told(tmp_path, 1 - dead)
    step = step_saved(tmp_path / "run")
    argv = arguments("run", steps=step + 2, **{"eval-every": 3, "schedule": "inverse-sqrt"})
    assert codes(world(argv, 2)) == [0, 0], told(tmp_path, 0)
    assert step_saved(tmp_path / "run") == step + 2


class Summing(World):
    """A world whose processes take turns: what each would add is kept, and nothing is summed."""

    def add(self, tensors: Sequence[Tensor]) -> None:
        pass

    def sum(self, *numbers: float) -> list[float]:
        return list(numbers)


def batches() -> list[Batch]:
    """Sentences of very different lengths, so that a mean of means is far from the mean; three, and one."""
    examples = [Example([5, 40, 3], [20 + n] * (1 + 7 * n) + [3]) for n in range(3)]
    return [collate(examples), collate([Example([5, 41, 42, 43, 3], [50, 51, 3])])]


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_the_shares_add_up_to_the_gradient_of_the_whole(size: int, precision: torch.dtype) -> None:
    config = TrainConfig(dropout=0.0, clip=1e9)

    def gradients(world: World) -> tuple[list[Tensor], list[float]]:
        torch.manual_seed(3)
        trainer = Trainer(Transformer(ModelConfig(vocab_size=61, dropout=0.0, **SMALL)), config, precision, world)
        result = trainer.gradients(batches()).read()
        found = [torch.zeros_like(p) if p.grad is None else p.grad for p in trainer.model.parameters()]
        return found, [result.loss, result.nll]

    whole, losses = gradients(ALONE)
    parts = [gradients(Summing(rank, size)) for rank in range(size)]
    tolerance = 1e-5 if precision == torch.float32 else 3e-2
    for number, wanted in enumerate(whole):
        total = sum((part[0][number] for part in parts), torch.zeros_like(wanted))
        assert float((total - wanted).norm()) <= tolerance * max(float(wanted.norm()), 1e-2)
    for which, loss in enumerate(losses):
        assert sum(part[1][which] for part in parts) == pytest.approx(loss, rel=tolerance)


class Follower(Summing):
    """One whose leader has something of its own."""

    theirs: object = None

    def agree(self, value: object) -> object:  # type: ignore[override]
        return self.theirs


class Leader(Summing):
    """One that remembers what it told."""

    def __init__(self, rank: int, size: int) -> None:
        super().__init__(rank, size)
        object.__setattr__(self, "heard", [])

    heard: list[object]

    def agree(self, value: T) -> T:
        self.heard.append(value)
        return value


def following(theirs: object) -> World:
    found = Follower(1, 2)
    object.__setattr__(found, "theirs", theirs)  # it is frozen
    return found


@pytest.mark.parametrize("what", ["weight", "optimiser", "average", "nothing"])
def test_one_bit_of_difference_is_an_error(what: str) -> None:
    trainer = Trainer(Transformer(ModelConfig(vocab_size=61, **SMALL)), TrainConfig())
    trainer.train_step(batches(), 1.0)
    leader = Leader(0, 2)
    trainer.world = leader
    trainer.world.check_alike(trainer.moving(), trainer.step)
    kept = trainer.keep()
    names = {"weight": "weights/embedding.weight", "average": "averaged/embedding.weight"}
    name = names.get(what) or next(name for name in kept if name.startswith("optimizer/") and kept[name].dim() == 2)
    if what != "nothing":
        kept[name][5, 3] = torch.nextafter(kept[name][5, 3], torch.tensor(9.0))
    trainer.go_back(kept)
    trainer.world = following(leader.heard[0])
    if what == "nothing":
        trainer.world.check_alike(trainer.moving(), trainer.step)
    else:
        with pytest.raises(TranslatorError, match="different weights at step 1"):
            trainer.world.check_alike(trainer.moving(), trainer.step)


def test_a_world_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WORLD_SIZE": "2", "RANK": "1", "MASTER_ADDR": None, "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match="MASTER_ADDR is not set"), join_world(use_gpu=False):
        pass
    monkeypatch.delenv("RANK")  # what only looks like torchrun's
    with join_world(use_gpu=False) as world:
        assert world is ALONE


def test_more_processes_than_gpus_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    place = {"WORLD_SIZE": "3", "RANK": "2", "LOCAL_RANK": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(UsageError, match="3 processes here, 2 GPUs"), join_world(use_gpu=True):
        pass


def test_other_text_on_another_host_is_an_error() -> None:
    following({"a.tsv": "12"}).check_same_text({"a.tsv": "12"})
    with pytest.raises(InputError, match=r"different text: a\.tsv"):
        following({"a.tsv": "12"}).check_same_text({"a.tsv": "13"})


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


class Asked(Summing):
    """A leader that is asked to stop just after it has told the others whether it was."""

    loop: TrainingLoop

    def sum(self, *numbers: float) -> list[float]:
        self.loop.ask_to_stop()
        return list(numbers)

    def agree(self, value: T) -> T:
        return value


@pytest.fixture
def opened_run(tmp_path: Path) -> Run:
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"{en}\t{pt}\n" for en, pt in PAIRS), "utf-8")
    return opened(
        TrainConfig(
            corpora=(str(path),), dev=str(path), out=str(tmp_path / "run"), preset="tiny", vocab_size=420, steps=4
        )
    )


def test_a_process_does_what_it_told_the_others(opened_run: Run) -> None:
    loop = opened_run.loop
    loop.trainer.world = type("Here", (Asked,), {"loop": loop})(0, 2)
    assert not loop._stopping()
    loop.ask_to_stop()
    assert not loop.stop  # what the others would not know
    assert loop._stopping()


def test_the_leading_process_breaks_its_scoring_off(opened_run: Run) -> None:
    loop = opened_run.loop
    loop.trainer.world = type("Here", (Summing,), {"agree": lambda _, value: value})(0, 2)

    def score(_: object) -> DevScores:
        loop.ask_to_stop()
        raise AssertionError("not broken off")

    loop.score = score
    records = list(loop.run())
    kinds = [type(record).__name__ for record in records]
    assert kinds[-2:] == ["Measuring", "Saved"]
    assert "Evaluated" not in kinds
