"""Shards: the whole comes out whatever workers and drivers die on the way, and bad lines are told."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from examples import SENTENCES
from fragile import make_fragile, never_ready
from hypothesis import given
from hypothesis import strategies as st

from translator.commands.bulk.shards import shards
from translator.errors import TranslatorError
from translator.translation.workers import TRIES, OwnProcess, ThisProcess, Worker, share_out

Call = Callable[..., tuple[int, str, str]]
ENGLISH = SENTENCES[::2]


def outputs(folder: Path, kind: str = "txt") -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob(f"*.{kind}")))


def records(folder: Path) -> list[dict[str, Any]]:
    """Of the shards, as far as they are whole."""
    path = folder / "bulk.jsonl"
    lines = path.read_text("utf-8").split("\n")[1:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r")), max_size=30), st.integers(1, 9))
def test_shards_are_all_lines_each_once_in_order(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], size: int
) -> None:
    path = tmp_path_factory.mktemp("in") / "a.txt"
    path.write_bytes("".join(line + "\n" for line in lines).encode())
    found = list(shards([path], size, "text"))
    expected = [line.removeprefix("\ufeff") if i == 0 else line for i, line in enumerate(lines)]
    assert [text for shard in found for text in shard.texts] == expected
    assert [shard.first for shard in found] == list(range(1, len(lines) + 1, size))
    assert b"".join(row for shard in found for row in shard.rows) == path.read_bytes()


# Workers


def _shared(items: Sequence[str], start: Callable[[], Worker], count: int) -> dict[str, Any]:
    return {done.item: done.result for done in share_out(items, start, count, given=lambda item: item)}


def test_a_killed_worker_costs_its_piece_and_no_more(tmp_path: Path) -> None:
    items = ["a", "once", "b", "always", "c", "d"]
    found = _shared(items, partial(OwnProcess, partial(make_fragile, tmp_path)), 2)
    assert found == {"a": "A", "once": "ONCE", "b": "B", "always": None, "c": "C", "d": "D"}


def test_a_plain_loop_does_the_same(tmp_path: Path) -> None:
    assert _shared("abc", partial(ThisProcess, partial(make_fragile, tmp_path)), 1) == {"a": "A", "b": "B", "c": "C"}
    with pytest.raises(TranslatorError, match="as it should"):
        _shared(["wrong"], partial(OwnProcess, partial(make_fragile, tmp_path)), 1)


def test_workers_that_never_begin_end_the_run() -> None:
    started = []

    def start() -> Worker:
        started.append(OwnProcess(never_ready))
        return started[-1]

    with pytest.raises(TranslatorError, match="workers end before they are ready"):
        _shared("ab", start, 1)
    assert len(started) == TRIES + 1


# The command


def test_text_comes_out_as_translate_gives_it(run: Call, tmp_path: Path) -> None:
    text = "\n".join([*ENGLISH, "", *ENGLISH]).encode()
    (tmp_path / "a.txt").write_bytes(text)
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(b"caf\xe9\n" + text))
    inputs = [str(tmp_path / "a.txt"), str(tmp_path / "b.txt.gz")]
    argv = ["bulk", *inputs, "--from", "en", "--shard-lines", "2", "--to-dir", str(tmp_path / "out"), "--workers", "1"]
    code, told, err = run(*argv, "--json")
    assert code == 0, err
    assert "b.txt.gz, line 1: not UTF-8 (byte 0xE9)" in err
    _, expected, _ = run("translate", "--from", "en", stdin=text)
    whole = outputs(tmp_path / "out")
    assert whole == expected.encode() + b"caf\xe9\n" + expected.encode()
    figures = json.loads(told)
    lines = 2 * len(ENGLISH) + 1
    assert (figures["lines"], figures["skipped"], figures["shards_done_before"]) == (2 * lines + 1, 3, 0)
    assert figures["shards"] == len(list((tmp_path / "out").glob("*.txt"))) == -(-lines // 2) + -(-(lines + 1) // 2)

    (tmp_path / "out" / "a-000001.txt").unlink()  # what is missing is made again, the rest is let alone
    with (tmp_path / "out" / "bulk.jsonl").open("a") as file:
        file.write('{"shard": "half')
    before = (tmp_path / "out" / "a-000000.txt").stat().st_mtime_ns
    assert run(*argv)[0] == 0
    assert outputs(tmp_path / "out") == whole
    assert (tmp_path / "out" / "a-000000.txt").stat().st_mtime_ns == before

    code, _, err = run(*argv, "--beam", "2")
    assert (code, "was begun otherwise: beam was 1, now 2" in err) == (2, True)
    (tmp_path / "a.txt").write_bytes(text.replace(b".", b"!"))
    code, _, err = run(*argv)
    assert (code, "a.txt changed since" in err) == (2, True)
    assert run(*argv, "--force", "--shard-lines", "100")[0] == 0
    assert outputs(tmp_path / "out").count(b"\n") == 2 * lines + 1
    assert len(list((tmp_path / "out").glob("*.txt"))) == 2  # none of before is left


def test_jsonl_keeps_what_else_a_record_holds(run: Call, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": 7, "body": ENGLISH[0]},
        {"id": 8, "body": ""},
        {"id": 9},
        {"body": "x", "translation": "y"},
    ]
    path, out = tmp_path / "a.jsonl", tmp_path / "out"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "{\n", "utf-8")
    argv = ["bulk", str(path), "--to-dir", str(out), "--column", "body", "--from", "en", "--workers", "1"]
    assert run(*argv)[0] == 0
    found = [json.loads(line) for line in (out / "a-000000.jsonl").read_text("utf-8").splitlines()]
    assert found[0] == rows[0] | {"translation": SENTENCES[1], "warnings": []}
    assert found[1] == rows[1] | {"translation": "", "warnings": []}
    assert [row["line"] for row in found[2:]] == [3, 4, 5]
    assert found[2]["error"] == 'not an object with a text "body"'


def test_parquet_gets_two_columns_more(run: Call, tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"n": [1, 2, 3], "text": [ENGLISH[0], None, ENGLISH[1]]}), tmp_path / "a.parquet")
    argv = ["bulk", str(tmp_path / "a.parquet"), "--from", "en", "--workers", "1", "--shard-lines", "2", "--to-dir"]
    assert run(*argv, str(tmp_path / "out"))[0] == 0
    parts = [pq.read_table(path) for path in sorted((tmp_path / "out").glob("*.parquet"))]
    assert [len(part) for part in parts] == [2, 1]
    assert pa.concat_tables(parts).to_pydict() == {
        "n": [1, 2, 3],
        "text": [ENGLISH[0], None, ENGLISH[1]],
        "translation": [SENTENCES[1], "", SENTENCES[3]],
        "warnings": [[], [], []],
    }
    code, _, err = run(*argv, str(tmp_path / "other"), "--column", "body")
    assert (code, "its columns: n, text" in err) == (2, True)
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no")
    code, _, err = run(*argv, str(tmp_path / "third"))
    assert (code, "cannot be read" in err) == (2, True)


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["a.doc"], "a format that is not known"),
        (["a.txt", "a.txt.gz"], "written to the same files"),
        (["none.txt"], "no such file"),
        (["a.txt", "--from", "fr"], "unknown language"),
        (["a.txt", "--to-dir", "."], "is not empty"),
        (["a.txt", "--ray", "127.0.0.1:1"], "--ray needs Ray"),
    ],
)
def test_what_cannot_be_asked(
    run: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "ray", None)  # as where it is not installed
    Path("a.txt").write_text("Good.\n", "utf-8")
    code, _, err = run("bulk", "--to-dir", "out", *argv)
    assert (code, told in err.replace("\n", " ")) == (2, True), err


# Killed in the middle


def command(model: Path, source: Path, out: Path, *more: str) -> list[str]:
    argv = [sys.executable, "-m", "translator", "bulk", str(source), "--to-dir", str(out), "--model", str(model)]
    return [*argv, "--from", "en", "--shard-lines", "25", *more]


def kill_in_the_middle(argv: list[str], out: Path, environment: dict[str, str]) -> None:
    """A worker that has written something, then, when more is there, the driver."""
    log = out.with_suffix(".log")
    with log.open("wb") as file:
        driver = subprocess.Popen(argv, stdout=file, stderr=file, env=environment)
    try:
        killed = _wait_for(out, 2, driver, log)[0]["worker"]
        os.kill(int(killed.rpartition(":")[2]), signal.SIGKILL)
        seen = _wait_for(out, len(records(out)) + 4, driver, log)
        while {record["worker"] for record in seen[-2:]} == {killed}:
            seen = _wait_for(out, len(seen) + 1, driver, log)
    finally:
        driver.kill()
        driver.wait()
    assert driver.returncode == -signal.SIGKILL, log.read_text("utf-8")


def _wait_for(out: Path, count: int, driver: subprocess.Popen[bytes], log: Path) -> list[dict[str, Any]]:
    while len(found := records(out)) < count:
        assert driver.poll() is None, log.read_text("utf-8")
        time.sleep(0.01)
    return found


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Work for some seconds: sentences with a number each, so that each line is another."""
    path = tmp_path_factory.mktemp("bulk") / "much.txt"
    path.write_text("".join(f"{ENGLISH[n % len(ENGLISH)]} {n}\n" for n in range(4000)), "utf-8")
    return path


@pytest.fixture(scope="module")
def whole(source: Path, trained: Path) -> bytes:
    """What one machine makes of it in a plain loop."""
    out = source.parent / "whole"
    subprocess.run(command(trained, source, out, "--workers", "1"), check=True, capture_output=True)
    assert outputs(out).count(b"\n") == 4000
    return outputs(out)


def finish_and_compare(argv: list[str], out: Path, whole: bytes, environment: dict[str, str]) -> None:
    before = records(out)
    done = subprocess.run([*argv, "--json"], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["shards_done_before"] == len(before) > 0
    assert outputs(out) == whole
    assert sorted(record["shard"] for record in records(out)) == [f"much-{n:06}.txt" for n in range(160)]
    assert not [path.name for path in out.iterdir() if path.suffix not in (".txt", ".jsonl")]


def test_processes_killed_in_the_middle(source: Path, whole: bytes, trained: Path, tmp_path: Path) -> None:
    argv = command(trained, source, tmp_path / "out", "--workers", "2")
    kill_in_the_middle(argv, tmp_path / "out", dict(os.environ))
    finish_and_compare(argv, tmp_path / "out", whole, dict(os.environ))


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Two machines of a core each, as Ray sees it."""
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    small = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False}
    cluster: Any = Cluster(initialize_head=True, head_node_args=small)
    try:
        cluster.add_node(num_cpus=1, object_store_memory=80 << 20)
        cluster.wait_for_nodes()
        yield cluster.address
    finally:
        cluster.shutdown()


@pytest.mark.cluster
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_killed_in_the_middle(
    source: Path, whole: bytes, trained: Path, tmp_path: Path, cluster: str
) -> None:
    environment = os.environ | {"RAY_USAGE_STATS_ENABLED": "0"}
    argv = command(trained, source, tmp_path / "out", "--ray", cluster)
    kill_in_the_middle(argv, tmp_path / "out", environment)
    finish_and_compare(argv, tmp_path / "out", whole, environment)
    assert len({record["worker"] for record in records(tmp_path / "out")}) > 2  # the killed, and who came after
