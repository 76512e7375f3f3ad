"""What preparing plain lines costs: processor time before the search, as a share of all of their translation.

    python tests/benchmarks/preparation.py en FILE    # English, a text a line
    python tests/benchmarks/preparation.py pt FILE

Once with the language given and once without: the difference is what telling the language costs. A few thousand lines
that the program has not met, one thread; at most 5 % are to be spent.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from translator import TranslateOptions, Translator
from translator.config import Direction
from translator.text import kinds, languages

REMEMBERED = (
    languages._BEGUN.clear,
    languages._read.cache_clear,
    languages._ours.cache_clear,
    languages._KNOWN.clear,
    kinds._LEVELS.clear,
    kinds.special.cache_clear,
)


def processor_time(call: Callable[[], object], times: int) -> float:
    """Seconds of the processor, the least of several runs that begin with nothing remembered."""
    found = []
    for _ in range(times):
        for forget in REMEMBERED:
            forget()
        start = time.process_time()
        call()
        found.append(time.process_time() - start)
    return min(found)


def main(language: str, file: str) -> None:
    """Two lines: microseconds a line of text, and the share."""
    way: Direction = "en-pt" if language == "en" else "pt-en"
    lines = Path(file).read_text("utf-8").splitlines()
    with Translator.load(threads=1) as translator:
        translator.translate_batch(lines[:50])
        whole = processor_time(lambda: translator.translate_batch(lines, way), 1)
        given: tuple[Direction | None, ...] = (way, None)
        spent = [
            processor_time(lambda d=d: [translator._prepare(one, d, TranslateOptions(), ()) for one in lines], 5)  # type: ignore[misc]
            for d in given
        ]
    telling = spent[1] - spent[0]
    for name, time_spent, everything in (
        ("language given", spent[0], whole),
        ("not given", spent[1], whole + telling),
    ):
        print(f"{name:<15}{time_spent / len(lines) * 1e6:7.0f} µs a line{time_spent / everything:8.1%} of all")


if __name__ == "__main__":
    match sys.argv[1:]:
        case [("en" | "pt") as language, file]:
            main(language, file)
        case _:
            sys.exit(__doc__)
