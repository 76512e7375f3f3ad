"""What the corpus doctor finds of faults put into real text, and what it finds where there are none.

    python tests/benchmarks/doctor_accuracy.py FILE.tsv[.gz] [--pairs 20000] [--share 0.02] [--seed 1]

For each fault: pairs of FILE are damaged on purpose, about ``--share`` of them; the text is examined, and findings
are compared with what was damaged. Precision counts every finding of that kind on a line left alone as false,
although FILE has faults of its own: it is a lower bound. False alarms: findings by which --fix
drops or repairs, on FILE as it is.
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
from collections.abc import Callable
from pathlib import Path

from translator.corpus.doctor.chunks import CHUNK, look_at
from translator.corpus.doctor.kinds import BIT, KINDS
from translator.corpus.pairs import Row, read_rows

Damage = Callable[[list[list[str]], random.Random, float], set[int]]
"""Changes pairs in place; returns which."""

FOREIGN = {
    "es": [
        "Mi hermana vive en una casa pequeña cerca del mar.",
        "No sé dónde he dejado las llaves del coche.",
        "Mañana vamos a comer con los abuelos en el campo.",
        "El tren salió con veinte minutos de retraso.",
        "¿Por qué no me dijiste que estabas enfermo?",
        "Los niños juegan en la calle hasta que se hace de noche.",
        "Hay que apagar la luz antes de salir.",
        "Este libro es más interesante que la película.",
    ],
    "fr": [
        "Ma sœur habite dans une petite maison près de la mer.",
        "Je ne sais pas où j'ai laissé les clés de la voiture.",
        "Demain nous allons manger chez les grands-parents.",
        "Le train est parti avec vingt minutes de retard.",
        "Pourquoi ne m'as-tu pas dit que tu étais malade ?",
        "Les enfants jouent dans la rue jusqu'à la nuit.",
        "Il faut éteindre la lumière avant de sortir.",
        "Ce livre est plus intéressant que le film.",
    ],
    "de": [
        "Meine Schwester wohnt in einem kleinen Haus am Meer.",
        "Ich weiß nicht, wo ich die Autoschlüssel gelassen habe.",
        "Morgen essen wir mit den Großeltern auf dem Land.",
        "Der Zug ist mit zwanzig Minuten Verspätung abgefahren.",
        "Warum hast du mir nicht gesagt, dass du krank bist?",
        "Die Kinder spielen auf der Straße, bis es dunkel wird.",
        "Man muss das Licht ausmachen, bevor man geht.",
        "Dieses Buch ist interessanter als der Film.",
    ],
    "it": [
        "Mia sorella abita in una piccola casa vicino al mare.",
        "Non so dove ho lasciato le chiavi della macchina.",
        "Domani andiamo a mangiare dai nonni in campagna.",
        "Il treno è partito con venti minuti di ritardo.",
        "Perché non mi hai detto che eri malato?",
        "I bambini giocano per strada finché non fa buio.",
        "Bisogna spegnere la luce prima di uscire.",
        "Questo libro è più interessante del film.",
    ],
}


def _some(pairs: list[list[str]], rng: random.Random, share: float) -> list[int]:
    return rng.sample(range(len(pairs)), round(len(pairs) * share))


def shift(pairs: list[list[str]], rng: random.Random, share: float) -> set[int]:
    """Blocks of 5 to 60 lines in which the Portuguese has slipped by one or two lines."""
    damaged: set[int] = set()
    while len(damaged) < len(pairs) * share:
        size, by = rng.randint(5, 60), rng.choice([1, 2])
        start = rng.randrange(len(pairs) - size)
        block = [pair[1] for pair in pairs[start : start + size]]
        if damaged.isdisjoint(range(start, start + size)):
            for index in range(size):
                pairs[start + index][1] = block[(index + by) % size]
            damaged |= set(range(start, start + size))
    return damaged


def mismatch(pairs: list[list[str]], rng: random.Random, share: float) -> set[int]:
    """The Portuguese of another line, anywhere."""
    where = _some(pairs, rng, share)
    texts = [pairs[index][1] for index in where]
    for place, index in enumerate(where):
        pairs[index][1] = texts[place - 1]
    return set(where)


def swap(pairs: list[list[str]], rng: random.Random, share: float) -> set[int]:
    """The sides the wrong way around."""
    where = _some(pairs, rng, share)
    for index in where:
        pairs[index].reverse()
    return set(where)


def one_language(pairs: list[list[str]], rng: random.Random, share: float) -> set[int]:
    """Both sides English, or both Portuguese: a sentence of another line."""
    where = _some(pairs, rng, share)
    texts = [list(pairs[index]) for index in where]
    for place, index in enumerate(where):
        side = rng.randrange(2)
        pairs[index][1 - side] = texts[place - 1][side]
    return set(where)


def third_language(pairs: list[list[str]], rng: random.Random, share: float) -> set[int]:
    """Spanish, French, German or Italian on one side."""
    where = _some(pairs, rng, share)
    sentences = list(itertools.chain(*FOREIGN.values()))
    for index in where:
        pairs[index][rng.randrange(2)] = rng.choice(sentences)
    return set(where)


def copy(pairs: list[list[str]], rng: random.Random, share: float) -> set[int]:
    """Untranslated: the same text on both sides."""
    where = _some(pairs, rng, share)
    for index in where:
        side = rng.randrange(2)
        pairs[index][side] = pairs[index][1 - side]
    return set(where)


def mojibake(pairs: list[list[str]], rng: random.Random, share: float) -> set[int]:
    """UTF-8 read as Windows-1252 or Latin-1; only where there is something to damage."""
    damaged = set()
    for index in _some(pairs, rng, share):
        try:
            text = pairs[index][1].encode().decode(rng.choice(["cp1252", "latin-1"]))
        except UnicodeDecodeError:
            continue
        if text != pairs[index][1]:
            pairs[index][1] = text
            damaged.add(index)
    return damaged


def numbers(pairs: list[list[str]], rng: random.Random, share: float) -> set[int]:
    """Another number of two digits or more on one side."""
    with_number = [index for index, pair in enumerate(pairs) if re.search(r"\d\d", pair[1])]
    where = rng.sample(with_number, min(len(with_number), round(len(pairs) * share)))
    for index in where:
        pairs[index][1] = re.sub(
            r"\d\d", lambda m: f"{(int(m[0]) + rng.randint(1, 88)) % 99:02}", pairs[index][1], count=1
        )
    return set(where)


def truncate(pairs: list[list[str]], rng: random.Random, share: float) -> set[int]:
    """The Portuguese cut off after a fifth of its words; of sentences of ten words and more."""
    long = [index for index, pair in enumerate(pairs) if len(pair[1].split()) >= 10]
    where = rng.sample(long, min(len(long), round(len(pairs) * share)))
    for index in where:
        words = pairs[index][1].split()
        pairs[index][1] = " ".join(words[: len(words) // 5])
    return set(where)


FAULTS: dict[str, tuple[Damage, tuple[str, ...]]] = {
    "shifted block": (shift, ("shifted", "misaligned", "length")),
    "other line": (mismatch, ("shifted", "misaligned", "length")),
    "truncated": (truncate, ("length", "misaligned")),
    "swapped": (swap, ("swapped",)),
    "one language": (one_language, ("language",)),
    "third language": (third_language, ("language",)),
    "copy": (copy, ("copy",)),
    "mojibake": (mojibake, ("mojibake", "encoding")),
    "numbers": (numbers, ("numbers",)),
}


def bits_of(pairs: list[list[str]]) -> list[int]:
    """The findings of each pair."""
    rows = [Row(number, en, pt) for number, (en, pt) in enumerate(pairs, start=1)]
    starts = range(0, len(rows), CHUNK)
    return [bit for start in starts for bit in look_at(rows[start : start + CHUNK]).bits.tolist()]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--pairs", type=int, default=20_000)
    parser.add_argument("--share", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    clean = [[row.en, row.pt] for row in itertools.islice(read_rows(options.file), options.pairs) if not row.fault]
    before = bits_of(clean)
    acted_on = sum(BIT[kind.name] for kind in KINDS if kind.cure != "keep")
    alarms = sum(bool(bits & acted_on) for bits in before)
    print(
        f"{options.file.name}: {len(clean):,} pairs; --fix would touch {alarms:,} ({100 * alarms / len(clean):.2f} %)"
    )
    for kind in KINDS:
        if count := sum(bool(bits & BIT[kind.name]) for bits in before):
            print(f"  {kind.name:<16}{count:>7,}  {100 * count / len(clean):6.2f} %")
    print(f"{'fault':<16}{'put in':>7}{'precision':>11}{'recall':>8}{'any finding':>13}")
    for name, (damage, kinds) in FAULTS.items():
        pairs = [list(pair) for pair in clean]
        damaged = damage(pairs, random.Random(options.seed), options.share)
        mask = sum(BIT[kind] for kind in kinds)
        after = bits_of(pairs)
        found = {index for index, bits in enumerate(after) if bits & mask}
        touched = sum(bool(after[index] & acted_on) for index in damaged)
        hits, put = len(found & damaged), max(len(damaged), 1)
        print(f"{name:<16}{len(damaged):>7,}{hits / max(len(found), 1):>11.3f}{hits / put:>8.3f}{touched / put:>13.3f}")


if __name__ == "__main__":
    main()
