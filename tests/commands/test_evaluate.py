"""``evaluate``, ``compare`` and ``bench`` on the command line: reports, pages, and mistakes."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from translator.commands.evaluate.card import BEGIN, END, SCORES, with_table
from translator.commands.evaluate.report import sections
from translator.draw.cosines import Grid
from translator.draw.report import Bars, Section, markdown, plain, word_differences
from translator.draw.report_html import page
from translator.evaluation import speed
from translator.evaluation.challenge import ChallengeResult, read_challenge
from translator.files import DEFAULT_MODEL, corpus_file, model_folder
from translator.translation import EngineName

Run = Callable[..., tuple[int, str, str]]
PT = ["O barco velho é verde.", "Temos 27 cabras aqui.", "Ela canta devagar à noite.", "O mel está na mesa."]
EN = ["The old boat is green.", "We have 27 goats here.", "She sings slowly at night.", "The honey is on the table."]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("test.tsv").write_text("".join(f"{en}\t{pt}\n" for en, pt in zip(EN, PT, strict=True)), "utf-8")
    Path("good.txt").write_text("\n".join(PT) + "\n", "utf-8")
    Path("bad.txt").write_text("\n".join(line.replace("o", "") for line in PT) + "\n", "utf-8")
    Path("good.en-pt").write_text("\n".join(PT) + "\n", "utf-8")
    Path("good.pt-en").write_text("\n".join(EN) + "\n", "utf-8")
    Path("more.txt").write_text("\n".join(PT) + "\n", "utf-8")
    return tmp_path


def test_models_sets_and_directions_stand_in_one_report(run: Run, trained: Path, corpus: Path, folder: Path) -> None:
    models = ("--model", str(trained), "--model", str(trained / "best"))
    files = (str(corpus), "test.tsv", "--no-interval", "-o", "hyp", "--html", "r.html", "--markdown", "r.md")
    code, out, err = run("evaluate", *files, *models, "--json")
    assert (code, err) == (0, "")
    results = json.loads(out)["results"]
    assert [(r["system"], Path(r["file"]).name, r["direction"]) for r in results] == [
        (str(model), name, way)
        for model in (trained, trained / "best")
        for name in ("four.tsv", "test.tsv")
        for way in ("en-pt", "pt-en")
    ]
    first = results[0]
    assert first["scores"]["BLEU"]["value"] == 100
    assert first["settings"]["beam"] == 1
    assert len(first["settings"]["model_sha256"]) == 64
    assert first["peak_memory_mb"] > 10
    assert first["scoring_seconds"] >= 0
    assert len(list(folder.glob("hyp.*.tsv.*"))) == 8
    for name in ("r.html", "r.md"):
        text = Path(name).read_text("utf-8")
        assert "tok:13a" in text
        assert first["settings"]["model_sha256"][:12] in text
    code, _, err = run("evaluate", str(corpus), *models, "--html", "r.html")
    assert (code, "exists already" in err) == (2, True)


def test_everything_at_once_fits_the_terminal_and_the_page(run: Run, corpus: Path, folder: Path) -> None:
    everything = ("--slices", "--failures", "--challenge", "--direction", "en-pt", "--html", "r.html")
    code, out, err = run("evaluate", str(corpus), *everything)
    assert (code, err) == (0, "")
    for part in ("ALL CAPS", "typos", "Challenge set, 234 items", "ser and estar", "Suspects", "Lowest chrF2++", "→"):
        assert part in out
    html = Path("r.html").read_text("utf-8")
    assert html.count("<svg") >= 6
    assert "http" not in html.replace("http-equiv", "")
    assert "<script" not in html


def test_failures_of_files_are_judged_by_the_model(run: Run, folder: Path) -> None:
    score = ("evaluate", "test.tsv", "--direction", "en-pt", "--hypotheses", "copied.txt", "--failures", "--json")
    Path("copied.txt").write_text("\n".join([EN[0], *PT[1:]]) + "\n", "utf-8")
    code, out, _ = run(*score, model=Path("en-pt"))
    failures = json.loads(out)["results"][0]["failures"]
    assert (code, failures["reliability"]) == (0, None)
    assert (1, "copy") in {(s["number"], s["kind"]) for s in failures["suspects"]}


def test_the_challenge_is_a_heat_map_over_models() -> None:
    items = read_challenge(corpus_file("challenge"), ("pt-en",))
    good = ChallengeResult("good", items, [item.example for item in items])
    mute = ChallengeResult("mute", items, [""] * len(items))
    told = sections([], [good, mute])
    [grid] = told[0].plots
    assert isinstance(grid, Grid)
    assert list(grid.columns) == ["good pt-en", "mute pt-en"]
    assert grid.values.tolist() == [[1.0, 0.0]] * len(grid.rows)
    assert [len(section.cards) for section in told] == [0, 0, len(items)]
    assert len(sections([], [mute], terminal=True)[1].cards) <= 6


def test_several_references(run: Run, folder: Path) -> None:
    score = ("evaluate", "test.tsv", "--direction", "en-pt", "--hypotheses", "bad.txt", "--json", "--no-interval")
    one, two = (json.loads(run(*score, *more)[1])["results"][0] for more in ((), ("--reference", "more.txt")))
    assert (one["references"], two["references"]) == (1, 2)
    assert two["scores"]["BLEU"]["signature"].startswith("nrefs:2|")
    Path("three.tsv").write_text(Path("test.tsv").read_text().replace("\n", "\tOutra.\n"))
    code, _, err = run("evaluate", "three.tsv")
    assert (code, "several references: one direction" in " ".join(err.split())) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "there is no test set"),
        (("test.tsv", "--limit", "0"), "--limit 0: it must be at least 1"),
        (("test.tsv", "--beam", "0"), "beam is 0"),
        (("test.tsv", "--reference", "more.txt"), "--reference: one direction is needed"),
        (("test.tsv", "--full"), "--full is of --json"),
        (("test.tsv", "test.tsv", "--hypotheses", "good.txt", "--direction", "en-pt"), "of one test set"),
        (("test.tsv", "--hypotheses", "good.txt", "--direction", "en-pt", "--slices"), "translate anew"),
        (("good.en-pt", "--direction", "en-pt"), "line 1: 1 column, expected 2"),
        (("--challenge", "--against", "x.json"), "name its FILE"),
        (("test.tsv", "--comet"), "--comet needs COMET"),
    ],
)
def test_mistakes(run: Run, folder: Path, arguments: tuple[str, ...], says: str) -> None:
    code, out, err = run("evaluate", *arguments)
    assert (code, out) == (2, "")
    assert says in " ".join(err.split())


def test_the_wrong_way_round_is_noticed_unless_told_not_to(run: Run, folder: Path) -> None:
    there = "What did they say about the house?\tO que eles disseram sobre a casa?\n"
    Path("round.tsv").write_text("\t".join(reversed(there.strip().split("\t"))) + "\n", "utf-8")
    Path("hyp.txt").write_text("x\n")
    score = ("evaluate", "round.tsv", "--direction", "en-pt", "--hypotheses", "hyp.txt")
    code, _, err = run(*score)
    assert (code, "round.tsv, line 1: the source is Portuguese" in " ".join(err.split())) == (2, True)
    assert run(*score, "--no-check")[0] == 0


def test_comet_where_it_is_at_hand(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake: Any = types.ModuleType("comet")
    model = types.SimpleNamespace(predict=lambda data, **_: types.SimpleNamespace(system_score=len(data) / 10))

    def download_model(name: str, local_files_only: bool) -> str:
        assert local_files_only
        if "missing" in name:
            raise OSError("not in the cache")
        return "model.ckpt"

    fake.download_model, fake.load_from_checkpoint = download_model, lambda path: model
    monkeypatch.setitem(sys.modules, "comet", fake)
    monkeypatch.setattr("translator.evaluation.scores.version", lambda _: "2.2")
    score = ("evaluate", "test.tsv", "--direction", "en-pt", "--hypotheses", "good.txt", "--comet", "--json")
    code, out, _ = run(*score)
    assert (code, json.loads(out)["results"][0]["scores"]["COMET"]["value"]) == (0, 40)
    code, _, err = run(*score, "--comet-model", "missing")
    assert (code, "COMET model missing is not at hand" in " ".join(err.split())) == (2, True)


def test_compare_by_direction_rarity_and_side_by_side(run: Run, trained: Path, folder: Path) -> None:
    code, out, err = run("compare", "test.tsv", "good", str(trained), "--direction", "both", "--html", "c.html")
    assert (code, err) == (0, "")
    assert "BLEU by direction" in out
    assert "its rarest word" in out
    assert "attention" in out
    html = Path("c.html").read_text("utf-8")
    assert html.count('class="beside"') == 8
    assert "<del>" in html
    assert "<ins>" in html
    code, out, _ = run("compare", "test.tsv", "good.txt", "bad.txt", "--json", "--limit", "3")
    data = json.loads(out)
    assert (data["overall"][0]["sentences"], data["attention"]) == (3, {})


def test_word_differences_mark_what_only_one_has() -> None:
    first, second = word_differences("a big red boat", "a red boat sinks")
    assert first == [("a", ""), (" big", "gone"), (" red boat", "")]
    assert second == [("a", ""), (" red boat", ""), (" sinks", "new")]
    assert plain(second) == "a red boat sinks"


def test_texts_cannot_break_out_of_a_report() -> None:
    bad = "<script>alert(1)</script>|*x*\x1b[31m"
    section = Section(bad, [bad], [[[(bad, "gone")]]], [bad], [Bars([bad], [1.0], title=bad)])
    html = page(bad, [section])
    assert "<script" not in html
    assert "\x1b" not in html
    text = markdown(bad, [section])
    assert "<script" not in text.replace("\\<", "")
    assert "\x1b" not in text
    assert "\\|\\*x\\*" in text


class _Clock:
    """Each look at it is a tenth of a second later."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.1
        return self.now


def test_speed_by_a_clock_of_our_own(trained: Path) -> None:
    plan = speed.Plan(str(trained), EN, "en-pt", [1, 3], [1, 2], 0.15)
    found = speed.measure(plan, "torch", "float32", _Clock())
    assert found is not None
    assert (found.latency_p50, found.latency_p95) == pytest.approx((100, 100))
    assert [(t.batch, t.beam) for t in found.throughputs] == [(1, 1), (3, 1), (1, 2), (3, 2)]
    assert found.best.sentences_per_second > 0
    assert found.precision == "float32"
    assert speed.measure(plan, "ctranslate2", "default", _Clock()) is None  # it was not exported


def test_bench(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def bench(plan: speed.Plan, engine: EngineName, precision: str) -> speed.Measured | None:
        best = [speed.Throughput(batch, beam, 50.0 * batch, 900.0) for beam in plan.beams for batch in plan.batches]
        return speed.Measured(engine, precision, 0.2, 9.0, 17.0, 80.0, best) if engine == "torch" else None

    monkeypatch.setattr(speed, "bench", bench)
    monkeypatch.setattr(speed, "start_up", lambda *_: 0.4)
    code, out, _ = run("bench", "test.tsv", "--model", "en-pt", "--engine", "torch", "--html", "b.html", "--json")
    data = json.loads(out)
    assert (code, data["sentences"], data["start_up_seconds"]) == (0, 4, 0.4)
    assert [m["engine"] for m in data["engines"]] == ["torch"]
    assert data["engines"][0]["estimated_seconds"] == 4 / 1600
    assert "sentences a second" in Path("b.html").read_text("utf-8")
    assert [m["engine"] for m in json.loads(run("bench", "7", "--json")[1])["engines"]] == ["torch"]  # passed over
    assert "has no weights for these engines" in " ".join(run("bench", "7", "--engine", "ctranslate2")[2].split())
    code, out, _ = run("bench", "5,760,000", "--engine", "torch", "--batches", "1,32")
    assert (code, "1 h 0 min" in out, "beam 4, batch 32" in out) == (0, True, True)
    for wrong, says in (
        (("--batches", "0"), "--batches 0"),
        (("--direction", "both"), "one direction"),
        (("no.txt",), "no.txt"),
    ):
        code, _, err = run("bench", *wrong)
        assert (code, says in " ".join(err.split())) == (2, True)


def test_the_card_is_written_from_what_lies_beside_it(run: Run, folder: Path) -> None:
    Path("CARD.md").write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    score = ("evaluate", "test.tsv", "--no-interval", "--card", "CARD.md", "--hypotheses")
    assert run(*score, "good.en-pt", "--direction", "en-pt")[0] == 0
    assert "| test.tsv | 4 | good | 100.0 / – |" in Path("CARD.md").read_text("utf-8")
    assert run(*score, "good.pt-en", "--direction", "pt-en")[0] == 0
    text = Path("CARD.md").read_text("utf-8")
    assert "| test.tsv | 4 | good | 100.0 / 100.0 |" in text
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    Path("CARD.md").write_text("no place", "utf-8")
    code, _, err = run(*score, "good.en-pt", "--direction", "en-pt")
    assert (code, "no place for the scores" in " ".join(err.split())) == (2, True)
    assert Path("CARD.md").read_text("utf-8") == "no place"


def test_the_shipped_card_shows_its_own_scores() -> None:
    card = model_folder(DEFAULT_MODEL) / "README.md"
    results = json.loads(card.with_name(SCORES).read_text("utf-8"))
    assert with_table(card.read_text("utf-8"), results, card) == card.read_text("utf-8")
