"""Synthetic pairs: which lines are kept, how an interrupted job goes on, and what training makes of the result."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from examples import SENTENCES

from translator.config import PRESETS, SearchConfig, TrainConfig
from translator.corpus.batches import BatchStream, Corpus
from translator.corpus.pairs import Pair, read_pairs
from translator.corpus.synthetic import companion, machine_side
from translator.errors import InputError, OutputError, UsageError
from translator.files import locked
from translator.model.checkpoint import add_engine, load_checkpoint
from translator.text.subwords import BACK_TRANSLATED, EOS, TAGS, Subwords
from translator.training.data import read_data
from translator.training.records import DevScores
from translator.training.run import Run, open_run
from translator.translation import Translator, resumable
from translator.translation.back_translation import FAULTS, BackTranslation, back_translate, marked
from translator.translation.resumable import Job

PORTUGUESE = SENTENCES[1::2]
Call = Callable[..., tuple[int, str, str]]


def judge(translator: Translator, lines: Sequence[str], least: float = 0.0) -> list[BackTranslation]:
    return back_translate(translator, "pt-en", SearchConfig(beam=1), least, marked(lines, set()))


@pytest.fixture(scope="module")
def translator(trained: Path) -> Translator:
    return Translator.load(trained)


def test_what_is_kept_and_why_not(translator: Translator) -> None:
    lines = [PORTUGUESE[0], "", "  ", "1984!", f"  {PORTUGUESE[0]}\t", SENTENCES[0], PORTUGUESE[2]]
    found = judge(translator, lines)
    assert [one.fault for one in found] == ["", "no words", "no words", "no words", "said before", "language", ""]
    assert [(found[0].machine, found[0].real), (found[6].machine, found[6].real)] == [
        (SENTENCES[0], PORTUGUESE[0]),
        (SENTENCES[4], PORTUGUESE[2]),
    ]
    assert 0 < found[0].confidence < 1
    assert [one.fault for one in judge(translator, [PORTUGUESE[0]], least=1.0)] == ["unsure"]


@pytest.mark.parametrize(
    ("machine", "fault"),
    [
        ("We couldn't find the umbrella, so we waited 25 minutes.", ""),
        ("We couldn't find the umbrella, so we waited 26 minutes.", "numbers"),
        ("We couldn't find the umbrella, so we waited 25 minutes, 7 of them in vain.", "numbers"),
        ("We waited and we waited and we waited and we waited 25 minutes.", "repetition"),
        ("25 minutes.", "length"),
        ("Não achamos o guarda-chuva, então esperamos 25 minutos.", "copy"),
        ("Não achamos a guarda-chuva, então esperam 25 minutos.", "untranslated"),
    ],
)
def test_a_bad_translation_is_left_out(
    translator: Translator, monkeypatch: pytest.MonkeyPatch, machine: str, fault: str
) -> None:
    """The model is made to say something else than it would."""
    ids = translator.subwords.encode(machine)
    search = translator._engine.search

    def says(*args: Any, **options: Any) -> Any:
        return [[replace(h, ids=ids) for h in found] for found in search(*args, **options)]

    monkeypatch.setattr(translator._engine, "search", says)
    assert [one.fault for one in judge(translator, [PORTUGUESE[2]])] == [fault]


def test_a_sentence_that_is_too_long_or_cut_off(translator: Translator, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [one.fault for one in judge(translator, [" ".join(PORTUGUESE[0].rstrip(".").split() * 30)])] == ["too long"]
    search = translator._engine.search

    def never_ends(*args: Any, **options: Any) -> Any:
        return [[replace(h, ended=False) for h in found] for found in search(*args, **options)]

    monkeypatch.setattr(translator._engine, "search", never_ends)
    assert [one.fault for one in judge(translator, [PORTUGUESE[0]])] == ["cut off"]


def test_every_problem_there_is_has_a_name() -> None:
    from typing import get_args

    from translator.text.problems import Kind

    assert set(get_args(Kind)) <= set(FAULTS)


RECIPE = {"kind": "back-translation", "machine_side": "en", "model": "fake"}


def upper(blocks: Iterator[list[str]]) -> Iterator[list[BackTranslation]]:
    for block in blocks:
        yield [BackTranslation(line, line.upper(), 1.0, "numbers" if "7" in line else "") for line in block]


@pytest.fixture
def mono(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """23 lines, three of which are left out, in blocks of five."""
    monkeypatch.setattr(resumable, "BLOCK", 5)
    path = tmp_path / "mono.txt"
    path.write_bytes(b"\xef\xbb\xbf" + "".join(f"linha {n}\r\n" for n in range(23)).encode())
    return path


def job(mono: Path, name: str = "out.tsv", **options: Any) -> Job:
    return Job(mono, mono.with_name(name), RECIPE, english_first=True, limit=None, **options)


@pytest.mark.parametrize("name", ["out.tsv", "out.tsv.gz"])
@pytest.mark.parametrize("killed", ["after a block", "while a block is written"])
def test_a_job_goes_on_where_it_stopped(mono: Path, name: str, killed: str) -> None:
    expected = [Pair(f"LINHA {n}", f"linha {n}") for n in range(23) if n not in (7, 17)]
    list(job(mono, f"whole-{name}").run(upper))
    assert list(read_pairs(mono.with_name(f"whole-{name}"))) == expected
    for number, _ in enumerate(job(mono, name).run(upper)):
        if number == 2:
            break
    out = mono.with_name(name)
    assert not out.exists()
    if killed == "while a block is written":
        with out.with_name(f"{name}.part").open("ab") as part:
            part.write(b"half a li")
    translated: list[str] = []
    seen: set[int] = set()

    def watched(blocks: Iterator[list[str]]) -> Iterator[list[BackTranslation]]:
        ahead = list(blocks)  # as where several are under way
        translated.extend(line for block in ahead for line in block)
        return upper(iter(ahead))

    second = job(mono, name)
    assert second.resumed_at == 15
    list(second.run(watched, seen))
    assert translated == [f"linha {n}" for n in range(15, 23)]
    assert hash("linha 3") in seen
    assert out.read_bytes() == mono.with_name(f"whole-{name}").read_bytes()
    told = json.loads(companion(out).read_text("utf-8"))
    whole = json.loads(companion(mono.with_name(f"whole-{name}")).read_text("utf-8"))
    assert told | {"seconds": 0} == whole | {"seconds": 0}
    assert (told["lines"], told["kept"], told["dropped"], machine_side(out)) == (23, 21, {"numbers": 2}, "en")
    assert sorted(path.name for path in mono.parent.iterdir() if "part" in path.name) == []


def test_what_may_not_change_under_a_job(mono: Path) -> None:
    for _ in job(mono).run(upper):
        break
    with pytest.raises(UsageError, match=r"out\.tsv\.part was begun otherwise: model was 'fake', now 'real'"):
        Job(mono, mono.with_name("out.tsv"), RECIPE | {"model": "real"}, english_first=True, limit=None)
    text = mono.read_bytes()
    mono.write_bytes(text.replace(b"linha 2\r", b"linha 8\r"))
    with pytest.raises(UsageError, match=r"mono\.txt changed since .*out\.tsv\.part was begun"):
        list(job(mono).run(upper))
    mono.write_bytes(text)
    assert job(mono).resumed_at == 5
    companion(mono.with_name("out.tsv.part")).write_text("[]", "utf-8")
    with pytest.raises(InputError, match=r"out\.tsv\.part\.json cannot be read"):
        job(mono)


def test_bad_input_is_named(mono: Path) -> None:
    mono.write_bytes(b"uma linha\ncora\xe7\xe3o\n")
    with pytest.raises(InputError, match=r"mono\.txt, line 2: not UTF-8 \(byte 0xE7\)"):
        list(job(mono).run(upper))
    mono.write_bytes(b"")
    with pytest.raises(InputError, match="holds no line"):
        list(job(mono, "none.tsv").run(upper))
    with pytest.raises(OutputError, match="could not be written"):
        list(Job(mono, mono.parent / "none" / "out.tsv", RECIPE, english_first=True, limit=None).run(upper))
    assert not mono.with_name("none.tsv").exists()


def test_a_vocabulary_with_one_more_piece(subwords: Subwords) -> None:
    more = subwords.with_back_translated()
    assert (subwords.back_translated, more.back_translated) == (None, len(subwords))
    assert more.with_back_translated() is more
    text = f"{SENTENCES[0]} {BACK_TRANSLATED} \ue003"
    assert more.encode(text) == subwords.encode(text)
    assert len(more) not in more.encode(text)
    ids = subwords.encode(SENTENCES[2])
    assert more.decode([*ids, len(subwords)]) == SENTENCES[2]
    assert Subwords(more.model).back_translated == len(subwords)


def test_the_machine_s_side_is_a_source_only_and_marked(subwords: Subwords) -> None:
    subwords = subwords.with_back_translated()
    pairs = [Pair(en, pt) for en, pt in zip(SENTENCES[::2], SENTENCES[1::2], strict=True)]
    corpora = [Corpus("people", pairs[:2]), Corpus("machine", pairs[2:], machine_side="en")]
    stream = BatchStream(corpora, subwords, ["en-pt", "pt-en"], batch_tokens=10_000, max_pieces=99)
    assert stream.examples == 6
    batch = next(iter(stream))
    rows = {tuple(i for i in row if i) for row in batch.source.tolist()}
    mark = subwords.back_translated
    assert mark is not None
    expected = {(TAGS["en-pt"], *subwords.encode(p.en), EOS) for p in pairs[:2]}
    expected |= {(TAGS["pt-en"], *subwords.encode(p.pt), EOS) for p in pairs[:2]}
    expected |= {(TAGS["en-pt"], mark, *subwords.encode(p.en), EOS) for p in pairs[2:]}
    assert rows == expected
    assert stream.epochs_done() == 1


@pytest.fixture
def synthetic(tmp_path: Path) -> Path:
    """A corpus whose English a machine wrote, as its companion says."""
    path = tmp_path / "machine.tsv"
    path.write_text("".join(f"{pt.upper()}\t{pt}\n" for pt in PORTUGUESE), "utf-8")
    companion(path).write_text(json.dumps(RECIPE), "utf-8")
    return path


def opened(config: TrainConfig) -> Run:
    return open_run(config, read_data(config), lambda *_: lambda _: DevScores({"en-pt": 0.0}))


def test_training_on_it_from_scratch(
    corpus: Path, synthetic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"d_model": 34, "heads": 2, "feed_forward": 53, "encoder_layers": 2, "decoder_layers": 1}
    monkeypatch.setitem(PRESETS, "tiny", small)
    config = TrainConfig(
        corpora=(str(corpus), str(synthetic)),
        dev=str(corpus),
        out=str(tmp_path / "run"),
        vocab_size=420,
        steps=2,
        slots=0.0,
        precision="float32",
        device="cpu",
    )
    run = opened(config)
    assert run.subwords.back_translated == len(run.subwords) - 1
    assert run.loop.trainer.model.embedding.weight.shape[0] == len(run.subwords)
    assert list(run.loop.run())
    kept = load_checkpoint(run.folder)
    assert kept.subwords.back_translated == len(run.subwords) - 1
    add_engine(run.folder, "int8")
    assert Translator.load(run.folder).translate(PORTUGUESE[0]).direction
    assert opened(replace(config, steps=3)).resumed_at == 2
    companion(synthetic).write_text(json.dumps(RECIPE | {"machine_side": "pt"}), "utf-8")
    with pytest.raises(UsageError, match=r"machine\.tsv\.json changed since the run"):
        opened(replace(config, steps=3))
    alone = replace(config, corpora=(str(synthetic),), direction="en-pt", out=str(tmp_path / "other"))
    with pytest.raises(UsageError, match="back-translated text alone does not teach en-pt"):
        opened(alone)


def test_fine_tuning_on_it_adds_a_row(trained: Path, corpus: Path, synthetic: Path, tmp_path: Path) -> None:
    config = TrainConfig(
        corpora=(str(corpus), str(synthetic)),
        dev=str(corpus),
        base=str(trained),
        out=str(tmp_path / "tuned"),
        steps=1,
        precision="float32",
        device="cpu",
    )
    run = opened(config)
    base = load_checkpoint(trained)
    rows = run.loop.trainer.model.embedding.weight.detach()
    assert torch.equal(rows[:-1], base.model.embedding.weight)
    assert torch.allclose(rows[-1], base.model.embedding.weight[[4, 5]].mean(0))
    assert len(run.subwords) == len(base.subwords) + 1
    assert list(run.loop.run())
    assert opened(replace(config, steps=2)).resumed_at == 1
    with pytest.raises(UsageError, match="machine is back-translated: it is nothing to measure by"):
        read_data(replace(config, dev="", corpora=(str(synthetic),)))


@pytest.mark.parametrize(
    ("text", "told"), [("{", "cannot be read"), ('{"kind": "back-translation"}', "machine_side is None")]
)
def test_a_companion_that_is_wrong_is_named(synthetic: Path, text: str, told: str) -> None:
    companion(synthetic).write_text(text, "utf-8")
    with pytest.raises(InputError, match=told):
        machine_side(synthetic)


def test_a_json_file_of_another_kind_is_let_alone(synthetic: Path) -> None:
    companion(synthetic).write_text('{"made": "by hand"}', "utf-8")
    assert machine_side(synthetic) is None


def test_on_the_command_line(run: Call, tmp_path: Path) -> None:
    mono, out = tmp_path / "mono.txt.gz", tmp_path / "out.tsv.gz"
    mono.write_bytes(gzip.compress("\n".join([*PORTUGUESE, "", SENTENCES[0]]).encode()))
    argv = ["corpus", "back-translate", str(mono), "--out", str(out), "--min-confidence", "0"]
    code, text, err = run(*argv, "--to", "en")
    assert code == 0, err
    assert "4 pairs of 6 lines (66.7%)" in text
    assert "1  16.7%  a line that seems to be in the other language" in text
    assert list(read_pairs(out)) == [Pair(*pair) for pair in zip(SENTENCES[::2], PORTUGUESE, strict=True)]
    assert run(*argv, "--to", "en")[0] == 2  # it is there already
    code, text, _ = run(*argv, "--to", "en", "--force", "--json", "--limit", "5")
    told = json.loads(text)
    assert (code, told["lines"], told["kept"], told["dropped"]) == (0, 5, 4, {"no words": 1})
    made = json.loads(companion(out).read_text("utf-8"))
    assert (made["machine_side"], made["search"], made["mono"]) == ("en", {"beam": 1}, "mono.txt.gz")
    assert run(*argv, "--to", "fr", "--force")[0] == 2
    code, _, err = run("corpus", "back-translate", str(tmp_path / "none"), "--to", "en", "--out", str(tmp_path / "x"))
    assert (code, "no such file" in err) == (2, True)


def test_workers_give_what_one_process_gives(run: Call, tmp_path: Path) -> None:
    mono = tmp_path / "mono.txt"
    mono.write_text("".join(f"{PORTUGUESE[n % 4]} {n % 900}.\n" for n in range(3 * resumable.BLOCK)), "utf-8")
    argv = ["corpus", "back-translate", str(mono), "--to", "en", "--min-confidence", "0", "--limit", "4200", "--out"]
    assert run(*argv, str(tmp_path / "alone.tsv"))[0] == 0
    code, told, _ = run(*argv, str(tmp_path / "shared.tsv"), "--workers", "2", "--json")
    assert code == 0
    assert json.loads(told)["dropped"]["said before"] >= 3300
    assert (tmp_path / "shared.tsv").read_bytes() == (tmp_path / "alone.tsv").read_bytes()
    code, _, err = run(*argv, str(tmp_path / "drawn.tsv"), "--workers", "2", "--sample")
    assert (code, "--sample draws from one generator" in err) == (2, True)


def test_two_at_once_do_not_write_one_file(run: Call, tmp_path: Path) -> None:
    mono, out, part = tmp_path / "mono.txt", tmp_path / "out.tsv", tmp_path / "out.tsv.part"
    mono.write_text("\n".join(PORTUGUESE), "utf-8")
    part.write_bytes(b"of the other")
    argv = ["corpus", "back-translate", str(mono), "--to", "en", "--min-confidence", "0", "--out"]
    with locked(tmp_path / ".out.tsv.lock", "it is being written", "wait"):
        code, _, err = run(*argv, str(out))
        assert (code, "out.tsv is being written by another process, pid" in err.replace("\n", " ")) == (2, True)
        assert part.read_bytes() == b"of the other"
        assert run(*argv, str(tmp_path / "another.tsv"))[0] == 0
    assert run(*argv, str(out))[0] == 0
    assert out.read_bytes() == (tmp_path / "another.tsv").read_bytes()
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("name", "told"),
    [("mono.txt", "is read"), ("out.tsv.zst", "tsv.gz"), ("out.jsonl.gz", "tsv.gz"), ("a.en", "tsv.gz")],
)
def test_where_the_pairs_cannot_go(run: Call, tmp_path: Path, name: str, told: str) -> None:
    mono = tmp_path / "mono.txt"
    mono.write_text("\n".join(PORTUGUESE), "utf-8")
    argv = ["corpus", "back-translate", str(mono), "--to", "en", "--out", str(tmp_path / name), "--force"]
    code, _, err = run(*argv)
    assert (code, told in err) == (2, True)
    assert mono.read_text("utf-8") == "\n".join(PORTUGUESE)
    assert list(tmp_path.iterdir()) == [mono]


def test_drawn_at_random_in_batches(trained: Path, tmp_path: Path, run: Call) -> None:
    """Drawn among all pieces at a high temperature, it is not what a search finds."""
    model = shutil.copytree(trained / "best", tmp_path / "model")
    assert run("export", str(model))[0] == 0
    mono, out = tmp_path / "mono.txt", tmp_path / "out.tsv"
    mono.write_text("\n".join(PORTUGUESE), "utf-8")
    argv = ["corpus", "back-translate", str(mono), "--to", "en", "--out", str(out), "--force", "--json"]
    argv += ["--model", str(model)]
    code, text, err = run(*argv, "--sample", "--temperature", "3", "--top-k", "0")
    assert code == 0, err
    assert json.loads(text)["lines"] == 4
    pairs = list(read_pairs(out)) if json.loads(text)["kept"] else []
    assert [pair.en for pair in pairs] != SENTENCES[::2]
    code, _, err = run(*argv, "--sample", "--top-k", "1")
    assert code == 0, err
    assert [pair.en for pair in read_pairs(out)] == SENTENCES[::2]
    assert json.loads(companion(out).read_text("utf-8"))["search"]["top_k"] == 1
