"""The hundred sentences that a newcomer types first: which come out wrong, judged by patterns of accepted wordings.

    python tests/benchmarks/newcomers.py [--model MODEL]

A report, and nothing to tune on: none of the sentences of three words and more stands in a training corpus of ours.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from translator import Translator


def main() -> None:
    """Translate and judge them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="en-pt")
    translator = Translator.load(parser.parse_args().model)
    cases = [
        json.loads(line) for line in Path(__file__).parents[1].joinpath("newcomers.jsonl").read_text().splitlines()
    ]
    for direction in ("en-pt", "pt-en"):
        wrong = []
        for case in (case for case in cases if case["direction"] == direction):
            said = translator.translate(case["source"], direction).target
            found = all(re.search(pattern, said, re.IGNORECASE) for pattern in case["accept"])
            if not found or any(re.search(pattern, said, re.IGNORECASE) for pattern in case.get("refuse", [])):
                wrong.append((case["source"], said, case["example"]))
        print(f"{direction}: {len(wrong)} of 50 wrong")
        for source, said, example in wrong:
            print(f"  {source}\n    {said}\n    = {example}")


if __name__ == "__main__":
    main()
