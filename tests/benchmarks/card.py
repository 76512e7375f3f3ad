"""Measure the shipped model and write its tables into the model card, the READMEs and docs/measuring.md.

    python tests/benchmarks/card.py CORPORA      measure again; CORPORA holds dev/, test/ and align/
    python tests/benchmarks/card.py              only write the tables again

The scores on the test sets are those of scores.json, which `translator evaluate --card` writes; what is measured on dev
and on alignments is kept in measured.json. A table stands between ``<!-- NAME -->`` and ``<!-- /NAME -->``.
``tests/test_card.py`` holds the pages to the two files.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "checkpoints" / "en-pt"
PAGES = [MODEL / "README.md", ROOT / "README.md", ROOT / "README.pt.md", ROOT / "docs" / "measuring.md"]
SETS = {
    "tatoeba": ("Tatoeba Challenge v2021-08-07, everyday", "Tatoeba"),
    "news": ("NTREX-128, second half, news", "NTREX-128, first half"),
}
SEARCHES = {"int8, greedy": (1, "ctranslate2"), "int8, beam 2": (2, "ctranslate2"), "int8, beam 4": (4, "ctranslate2"),
            "float32, greedy": (1, "torch")}  # fmt: skip


def main() -> None:
    """Measure if corpora are named, then write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, nargs="?")
    asked = parser.parse_args()
    if asked.corpora:
        found = measured(asked.corpora)
        (MODEL / "measured.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    for page in PAGES:
        page.write_text(filled(page.read_text("utf-8"), kept()), "utf-8")


def kept() -> dict[str, Any]:
    """What was measured, with the shipped model's scores on the test sets."""
    found: dict[str, Any] = json.loads((MODEL / "measured.json").read_text("utf-8"))
    found["test"] = {}
    for row in json.loads((MODEL / "scores.json").read_text("utf-8")):
        if row["system"] == MODEL.name:
            one = found["test"].setdefault(Path(row["set"]).stem, {"sentences": row["sentences"], "results": {}})
            one["results"][row["direction"]] = row["scores"]
    return found


def measured(corpora: Path) -> dict[str, Any]:
    """All that the card tells, by the product's own commands; what is chosen is chosen on dev first."""
    dev = [str(corpora / "dev" / f"{name}.tsv") for name in SETS]
    tests = [str(corpora / "test" / f"{name}.tsv") for name in SETS]
    _run("evaluate", *tests, "--card", str(MODEL / "README.md"))
    confidence = _run("calibrate", *dev, "--store")
    aligned = {"dev": _run("align-eval", str(corpora / "align" / "xlwa-dev.tsv"), "--store")["score"]}
    aligned["test"] = _run("align-eval", str(corpora / "align" / "xlwa-test.tsv"))["score"]
    return {
        "model_sha256": json.loads((MODEL / "config.json").read_text("utf-8"))["sha256"]["model.safetensors"],
        "dev": {
            name: {
                search: _scores(file, "--beam", str(beam), "--engine", engine, "--no-interval")["results"]
                for search, (beam, engine) in SEARCHES.items()
            }
            for name, file in zip(SETS, map(Path, dev), strict=True)
        },
        "confidence": confidence,
        "alignment": aligned,
    }


def _scores(file: Path, *options: str) -> dict[str, Any]:
    found = _run("evaluate", str(file), *options)
    scores = {side["direction"]: side["scores"] for side in found["results"]}
    return {"sentences": found["results"][0]["sentences"], "results": scores}


def _run(*command: str) -> dict[str, Any]:
    print("translator", *command, file=sys.stderr)
    done = subprocess.run(
        [sys.executable, "-m", "translator", *command, "--json"], check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout))


def filled(text: str, scores: dict[str, Any]) -> str:
    """``text`` with each marked table as the scores have it."""
    for name, table in tables(scores).items():
        before, start, rest = text.partition(f"<!-- {name} -->\n")
        if start:
            text = before + start + table + rest[rest.index(f"<!-- /{name} -->") :]
    return text


def tables(scores: dict[str, Any]) -> dict[str, str]:
    """Each table or paragraph in Markdown, by its name."""
    test, dev = scores["test"], scores["dev"]
    rows = [
        [SETS[name][0], f"{found['sentences']:,}", *(_pair(found["results"], m, 1) for m in ("BLEU", "chrF2++", "TER"))]
        for name, found in test.items()
    ]
    searches = [
        [f"{SETS[name][1]}, dev", *(_pair(results, "BLEU", 2) for results in found.values())]
        for name, found in dev.items()
    ]
    names = {"everyday": "dia a dia", "second half, news": "segunda metade, notícias"}
    portuguese = [[_replaced(cell, names) for cell in row[:3]] for row in rows]
    return {
        "curta": _table(["conjunto de teste", "frases", "BLEU en→pt / pt→en"], portuguese),
        "short": _table(["test set", "sentences", "BLEU en→pt / pt→en"], [row[:3] for row in rows]),
        "test": _table(["test set", "sentences", "BLEU en→pt / pt→en", "chrF2++", "TER (lower is better)"], rows),
        "dev": _table(["dev set", *SEARCHES], searches),
        "confidence": _confidence(scores["confidence"]),
        "alignment": _alignment(scores["alignment"]),
    }


def _confidence(found: dict[str, Any]) -> str:
    return (
        "**Confidence.** `translator calibrate` on both dev sets: "
        f"of {found['words']:,} words {found['share_right']:.1%} stand in the human translation; the\n"
        "expected calibration error, ten bins, each half of the sentences measured by a fit on the other, is "
        f"{found['word_error']:.3f} for words and {found['sentence_error']:.3f} for\n"
        "sentences; a sentence's confidence "
        f"and its share of right words have the rank correlation {found['rank_correlation']:.2f}.\n"
    )


def _alignment(found: dict[str, Any]) -> str:
    dev, test = found["dev"], found["test"]
    return (
        "**Alignments.** `translator align-eval` on XL-WA (English–Portuguese): alignment error rate "
        f"{dev['aer']:.3f} on dev, where the way of linking\nwas chosen, and **{test['aer']:.3f}** on test "
        f"(precision {test['precision']:.2f}, recall {test['recall']:.2f}). Guided alignment was not needed.\n"
    )


def _replaced(text: str, words: dict[str, str]) -> str:
    """``text`` with Portuguese words, and 2.500 for 2,500."""
    for english, word in words.items():
        text = text.replace(english, word)
    return re.sub(r"(?<=\d),(?=\d{3})", ".", text)


def _pair(results: dict[str, Any], metric: str, digits: int) -> str:
    return " / ".join(f"{results[way][metric]['value']:.{digits}f}" for way in ("en-pt", "pt-en"))


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]]) + "\n"


if __name__ == "__main__":
    main()
