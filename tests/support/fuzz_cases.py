"""Inputs nobody should type and somebody will, and what must be true of the answer to any of them."""

from __future__ import annotations

import unicodedata

__all__ = ["CASES", "SLOW", "complaints", "line_count"]

_WORDS = "the old boat and o velho barco wait by the river because nobody came hoje de manhã "


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


CASES: dict[str, bytes] = {
    "empty": b"",
    "one newline": b"\n",
    "only newlines": b"\n" * 50,
    "spaces": b"   \t  ",
    "spaces of every kind": _utf8("\u00a0\u2003\u3000\u2028\u2029\x85\x0b\x0c"),
    "byte-order mark alone": b"\xef\xbb\xbf",
    "byte-order mark": b"\xef\xbb\xbfGood morning.\n",
    "byte-order mark inside": _utf8("Good\ufeff morning.\n"),
    "UTF-16": "Good morning.\n".encode("utf-16"),
    "carriage returns only": b"Good morning.\rGood night.\r",
    "mixed line ends": b"One boat.\r\nTwo boats.\nThree.\r\n\r\nFour.",
    "no newline at the end": b"Good morning.",
    "NUL": b"Good\0morning.\n",
    "NULs": b"\0" * 100,
    "control characters": bytes(range(1, 32)) + b" Good morning. \x7f\n",
    "C1 control characters": _utf8("Good \x80\x84\x9b31m\x9d0;title\x9c morning.\n"),
    "terminal codes": b"\x1b[31mGood\x1b[0m \x1b]0;title\x07morning.\x1b[2J\x1b[H\n",
    "backspaces": b"Good\b\b\b\bBad morning.\n",
    "not UTF-8": b"Good morning.\nCaf\xe9 com leite.\n",
    "UTF-8 cut off": _utf8("Bom dia, mãe")[:-2],
    "surrogates in UTF-8": b"Good \xed\xa0\x80\xed\xb0\x80 morning.\n",
    "overlong UTF-8": b"Good \xc0\xaf morning.\n",
    "beyond Unicode": b"Good \xf4\x90\x80\x80 morning.\n",
    "right to left": _utf8("שלום עולם. مرحبا بالعالم. Good morning.\n"),
    "bidi controls": _utf8("Good \u202emorning\u202c \u2066today\u2069\u200f.\n"),
    "zero width": _utf8("Go\u200bod\u200c mor\u200dning\u2060.\n"),
    "emoji": _utf8("👩‍👩‍👧‍👦 Good morning 👍🏽 🇧🇷🇵🇹 ☀️ 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿\n"),
    "only emoji": _utf8("🙂🙃🎉\n"),
    "a broken emoji": _utf8("\u200d\ufe0f🏽 Good morning.\n"),
    "combining marks": _utf8("o\u0301".join("Ola a todos") + "\n"),
    "a heap of combining marks": _utf8("Z" + "\u0301\u0323\u0330" * 300 + " good morning.\n"),
    "decomposed": _utf8(unicodedata.normalize("NFD", "Amanhã não há pão, avó.\n")),
    "other scripts": _utf8("今日は良い天気です。Доброе утро. Καλημέρα. สวัสดี\n"),
    "mixed languages": _utf8("I think que hoje we should comer fish mas não amanhã.\n"),
    "full width": _utf8("Ｇｏｏｄ ｍｏｒｎｉｎｇ ½ ² ﬁ\n"),
    "private use": _utf8("\ue000\ue009 Good \uf8ff morning \U000f0000\U0010fffd.\n"),
    "not characters": _utf8("Good \ufffe\uffff\ufdd0 morning \ufffd.\n"),
    "only punctuation": b"?!... --- ;;; ((( ))) \"' ***\n",
    "only digits": b"1234567890 3.14 1,000,000 12:30 50%\n",
    "a thousand full stops": b"." * 1000 + b"\n",
    "brackets": b"(" * 500 + b"a" + b")" * 500 + b"\n",
    "a very long word": b"supercali" * 90 + b" fragile.\n",
    "one letter again and again": b"a" * 3000 + b"\n",
    "one word again and again": b"boat " * 150 + b"\n",
    "no spaces": _utf8("Amanhã".replace("ã", "ã,") * 200 + "\n"),
    "our own tags": b"<2pt> <2en> </s> <s> <pad> <unk> <0x0A> Good morning.\n",
    "SentencePiece's space": _utf8("▁Good▁morning.\n"),
    "markup": b"[bold]Good[/bold] [/x] :sun: {0} %s %n \\n $HOME `id`\n",
    "a formula": b"=1+2 @SUM(A1) -3 +4\n",
    "looks like an option": b"--help\n-x\n--\n",
    "JSON": b'{"text": "Good morning."}\n',
    "HTML": b"<p onclick='x()'>Good <b>morning</b> &amp; night</p><!-- -->\n",
    "addresses": b"See https://example.org/a_b?c=d&e=%20#f or write to ana@example.org, C:\\x\\y.txt\n",
    "capitals": b"GOOD MORNING, EVERYBODY! NOBODY CAME TODAY.\n",
    "many short lines": b"No.\n" * 30,
    "many sentences on a line": b"No. Yes! Why? " * 12 + b"\n",
}
SLOW: dict[str, bytes] = {
    "a paragraph of 5,000 words": _utf8((_WORDS * 312)[:26_000] + ".\n"),
    "a paragraph of 5,000 words in sentences": _utf8((_WORDS.strip().capitalize() + ". ") * 300 + "\n"),
    "a word of 100,000 letters": b"a" * 100_000 + b"\n",
    "100,000 full stops": b"." * 100_000 + b"\n",
    "100,000 spaces": b"Good" + b" " * 100_000 + b"morning.\n",
    "100,000 combining marks": _utf8("e" + "\u0301" * 100_000 + "\n"),
    "20,000 addresses": b"a@b.co " * 20_000 + b"\n",
    "20,000 digits in one": b"7" * 20_000 + b"\n",
    "50,000 open brackets": b"[(" * 25_000 + b"\n",
    "10 MB on one line": _utf8(_WORDS * (10_000_000 // len(_WORDS)) + "\n"),
    "10 MB of NUL": b"\0" * 10_000_000,
    "a million blank lines": b"\n" * 1_000_000,
}

_LAYOUT = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}  # what reorders a terminal's line


def line_count(data: bytes) -> int:
    """Lines of an input, the last one with or without its newline."""
    return data.count(b"\n") + (not data.endswith(b"\n") and data != b"")


def complaints(way: str, data: bytes, code: int, out: bytes, err: bytes) -> list[str]:
    """What is wrong with how the program ended on ``data``, given ``"by argument"``, ``"by pipe"`` or ``"by file"``."""
    found = []
    if code not in (0, 2):
        found.append(f"exit code {code}")
    if b"Traceback" in err or b"terminate called" in err:
        found.append(f"not our own message: {err[-200:]!r}")
    if code == 2 and not err.strip():
        found.append("no message")
    for name, stream in (("standard output", out), ("standard error", err)):
        try:
            text = stream.decode("utf-8")
        except UnicodeDecodeError as error:
            found.append(f"{name} is not UTF-8: {error}")
            continue
        raw = {c for c in text if c not in "\n\t" and (unicodedata.category(c) == "Cc" or ord(c) in _LAYOUT)}
        if raw:
            found.append(f"{name} holds {sorted(raw)!r}")
    lines_out = out.count(b"\n")
    if code == 0 and way != "by argument" and lines_out != line_count(data):
        found.append(f"{line_count(data)} lines in, {lines_out} out")
    return found
