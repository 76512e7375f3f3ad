"""The command line at its seams: arguments and standard input in, text and exit code out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from examples import SENTENCES

from translator.commands.index import COMMANDS

EN, PT = SENTENCES[0], SENTENCES[1]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_and_stands_in_the_readme(run, command: str) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run(command, "--help")
    assert code == 0
    assert "Usage:" in out
    assert f"translator {command}" in Path(__file__).parents[2].joinpath("README.md").read_text("utf-8")


def test_version(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("translator ")


def test_texts_by_argument(run) -> None:  # type: ignore[no-untyped-def]
    assert run("translate", EN, PT) == (0, f"{PT}\n{EN}\n", "")


def test_lines_by_pipe_blank_ones_included(run) -> None:  # type: ignore[no-untyped-def]
    stdin = f"\ufeff{EN}\r\n\r\n  \n{PT}".encode()
    assert run("translate", stdin=stdin) == (0, f"{PT}\n\n  \n{EN}\n", "")


def test_a_pipe_gives_the_same_as_one_call_a_line(run) -> None:  # type: ignore[no-untyped-def]
    lines = [*SENTENCES, "Honey and boats.", "mel!", "25 minutes near the bridge"]
    _, together, _ = run("translate", stdin="\n".join(lines).encode())
    assert together.splitlines() == [run("translate", line)[1].rstrip("\n") for line in lines]


def test_files_in_and_out_and_no_overwriting(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source, target = tmp_path / "in.txt", tmp_path / "out.txt"
    source.write_text(f"{EN}\n\n{PT}\n", "utf-8")
    assert run("translate", "-i", str(source), "-o", str(target))[0] == 0
    assert target.read_text("utf-8") == f"{PT}\n\n{EN}\n"
    target.write_text("mine")
    code, _, err = run("translate", "-i", str(source), "-o", str(target))
    assert (code, target.read_text("utf-8")) == (2, "mine")
    assert "exists already" in err
    assert "--force" in err
    assert run("translate", "-i", str(source), "-o", str(target), "--force")[0] == 0
    assert target.read_text("utf-8") == f"{PT}\n\n{EN}\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.txt", "out.txt"]


def test_json(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("translate", EN, "--json", "--n-best", "2")
    data = json.loads(out)
    assert code == 0
    assert (data["source"], data["target"], data["direction"]) == (EN, PT, "en-pt")
    assert len(data["n_best"]) == 2
    (sentence,) = data["sentences"]
    assert sentence["source_pieces"][0] == "<2pt>"
    assert sentence["source_pieces"][-1] == "</s>"
    assert "".join(sentence["hypotheses"][0]["pieces"]).replace("▁", " ").strip() == PT


def test_n_best_as_text(run) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = run("translate", EN, "-n", "3")
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert rows[0][1] == PT


def test_attention_is_drawn_under_the_translation(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("translate", EN, "--attention", "--layer", "1", "--head", "2")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == PT
    assert "layer 1/2  head 2/4" in out
    assert any(line.lstrip().startswith("barquinhos │") for line in lines)
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (["translate", EN, "--from", "fr"], 2, "--from fr: unknown language"),
        (["translate", EN, "--from", "en", "--to", "en"], 2, "both en"),
        (["translate", EN, "--model", "/no/where"], 2, "no such model: /no/where"),
        (["translate", EN, "--beam", "0"], 2, "beam is 0"),
        (["translate", EN, "--attention", "--layer", "3"], 2, "layers 1 to 2"),
        (["translate", EN, "--attention", "--json"], 2, "--attention"),
        (["translate", "--input", "/no/file"], 2, "/no/file cannot be read"),
        (["translate", EN, "--output", "/no/folder/x"], 1, "/no/folder/x cannot be written"),
        (["translate", "--wrong-flag"], 2, "--wrong-flag"),
        (["evaluate", "/no/file.tsv"], 2, "no such file: /no/file.tsv"),
        (["evaluate", "/no/file.tsv", "--direction", "up"], 2, "--direction up"),
        (["params", "--preset", "huge"], 2, "unknown preset"),
        (["train", "/no/file.tsv", "--dev", "/no/dev.tsv"], 2, "no such file: /no/file.tsv"),
        (["train", "--config", "/no/file.toml"], 2, "/no/file.toml cannot be read"),
        (["train", "x.tsv", "--mix", "x"], 2, "NAME=WEIGHT"),
        (["train", "x.tsv", "--steps", "1", "--minutes", "1"], 2, "one budget"),
    ],
)
def test_a_mistake_gets_a_message_and_its_exit_code(run, argv: list[str], code: int, says: str) -> None:  # type: ignore[no-untyped-def]
    got, out, err = run(*argv)
    assert got == code
    assert says in " ".join(err.split())
    assert "Traceback" not in err
    assert out == ""


def test_bytes_that_are_no_utf8_are_named_by_line(run) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("translate", stdin=b"mel\nma\xe7\xe3\n")
    assert code == 2
    assert "standard input, line 2: not UTF-8 (byte 0xE7)" in err


def test_escape_sequences_reach_neither_output_nor_messages(run) -> None:  # type: ignore[no-untyped-def]
    _, out, err = run("translate", "\x1b[31mhoney\x1b[0m \u202e boats", "--attention")
    assert "\x1b" not in out + err
    assert "\u202e" not in out + err
    _, _, err = run("translate", "mel", "--model", "/no/\x1b[31m[bold]where")
    assert "\x1b" not in err
    assert "[bold]where" in err


def test_evaluate(run, corpus: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("evaluate", str(corpus), "-o", str(tmp_path / "hyp"))
    assert code == 0
    assert "100.0" in out
    assert "nrefs:1|case:mixed|eff:no|tok:13a" in out
    assert (tmp_path / "hyp.en-pt").read_text("utf-8").splitlines() == SENTENCES[1::2]
    assert (tmp_path / "hyp.pt-en").read_text("utf-8").splitlines() == SENTENCES[::2]


def test_evaluate_as_json_agrees_with_sacrebleu(run, corpus: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    from sacrebleu import corpus_bleu

    wrong = tmp_path / "wrong.tsv"
    lines = corpus.read_text("utf-8").splitlines()
    wrong.write_text(
        "\n".join([*lines, "Honey is sold near tiny boats.\tO mel é vendido perto de barquinhos."]), "utf-8"
    )
    _, out, _ = run("evaluate", str(wrong), "--direction", "en-pt", "--json", "-o", str(tmp_path / "hyp"))
    data = json.loads(out)
    hypotheses = (tmp_path / "hyp").read_text("utf-8").splitlines()
    references = [line.split("\t")[1] for line in wrong.read_text("utf-8").splitlines()]
    score = corpus_bleu(hypotheses, [references]).score
    assert 20 < score < 100
    assert data["results"][0]["scores"]["BLEU"]["value"] == pytest.approx(score, abs=1e-4)
    assert len(data["model_sha256"]) == 64


def test_params_add_up(run, trained: Path) -> None:  # type: ignore[no-untyped-def]
    from translator.model.checkpoint import load_checkpoint

    _, out, _ = run("params", str(trained), "--json")
    data = json.loads(out)
    assert sum(data["parts"].values()) == data["total"]
    assert data["total"] == sum(p.numel() for p in load_checkpoint(trained).model.parameters())


def test_params_of_the_base_preset_by_hand(run) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = run("params", "--preset", "base", "--json")
    parts = json.loads(out)["parts"]
    assert parts["encoder self-attention"] == 6 * 4 * (512 * 512 + 512)
    assert parts["decoder feed-forward"] == 6 * (2 * 512 * 2048 + 2048 + 512)
    assert parts["layer norms"] == (6 * 2 + 1 + 6 * 3 + 1) * 2 * 512


def test_train_from_the_command_line_stops_and_goes_on(run, corpus: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "run"
    argv = ["train", str(corpus), "--dev", str(corpus), "--out", str(folder), "--vocab-size", "420"]
    argv += ["--precision", "float32", "--threads", "1"]
    code, out, _ = run(*argv, "--steps", "3")
    assert code == 0
    assert "finished\nstep 3," in out
    assert "2+2 layers, D=128" in out
    code, out, _ = run(*argv, "--steps", "5")
    assert "at step 3" in out
    assert "finished\nstep 5," in out
    records = [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]
    assert [r["step"] for r in records if r["kind"] == "evaluated"] == [3, 5]
    there = {"best", "config.toml", "environment.json", "last", "log.jsonl", "metrics.json"}
    assert {path.name for path in folder.iterdir()} - {".lock"} == there
    code, _, err = run(*argv, "--steps", "6", "--dropout", "0.3")
    assert code == 2
    assert "dropout was 0.1, now 0.3" in err


def test_export_and_translate_on_the_fast_engine(run, trained: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "run"
    shutil.copytree(trained, folder)
    code, out, _ = run("export", str(folder))
    assert code == 0
    assert "int8" in out
    assert json.loads((folder / "best" / "config.json").read_text("utf-8"))["info"]["engine"] == "int8"
    assert run("translate", EN, "--model", str(folder), "--engine", "ctranslate2") == (0, f"{PT}\n", "")
    assert run("export", str(folder), "--quantization", "int3")[0] == 2


def test_a_run_folder_that_cannot_be_written_is_found_out_at_once(run, corpus: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run("train", str(corpus), "--dev", str(corpus), "--out", "/proc/run", "--steps", "1")
    assert code == 1
    assert "/proc/run cannot be written" in err
    assert out == ""


def test_what_the_system_refuses_is_told_without_a_traceback(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    long = str(tmp_path / ("x" * 300 + ".tsv"))
    code, _, err = run("corpus", "doctor", long)
    assert (code, "File name too long" in " ".join(err.split())) == (2, True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_behind_standard_output() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "translator", "params", "--preset", "tiny"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: standard output could not be written: No space left on device")
    assert "Traceback" not in done.stderr


def test_a_link_stays_a_link_and_a_named_pipe_a_pipe(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "real.txt").write_text("old", "utf-8")
    link, pipe = tmp_path / "link.txt", tmp_path / "pipe"
    link.symlink_to(tmp_path / "real.txt")
    assert run("translate", EN, "--output", str(link))[0] == 2
    assert run("translate", EN, "--output", str(link), "--force")[0] == 0
    assert link.is_symlink()
    assert (tmp_path / "real.txt").read_text("utf-8") == PT + "\n"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert run("translate", EN, "--output", str(pipe))[0] == 0
    assert reader.communicate(timeout=60)[0] == PT + "\n"
    assert pipe.is_fifo()
    if Path("/dev/full").exists():
        code, _, err = run("translate", EN, "--output", "/dev/full")
        assert (code, "/dev/full could not be written: No space left on device" in " ".join(err.split())) == (1, True)


def test_an_empty_argument_is_an_empty_line(run) -> None:  # type: ignore[no-untyped-def]
    assert run("translate", EN, "", PT) == (0, f"{PT}\n\n{EN}\n", "")


def test_words_without_quotation_marks_are_one_text(run) -> None:  # type: ignore[no-untyped-def]
    assert run("translate", *EN.split()) == (0, f"{PT}\n", "")
