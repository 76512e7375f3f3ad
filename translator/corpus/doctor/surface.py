"""What is wrong with a text on its face: encoding, markup, control characters, numbers. Pure functions of strings."""

from __future__ import annotations

import re
import unicodedata

# UTF-8's lead bytes C2 and C3 as Latin-1 or Windows-1252 letters, with what can follow them in either;
# â€ begins a typographic quotation mark or dash.
_AFTER = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_MOJIBAKE = re.compile(f"[ÂÃ][{_AFTER}]|â€|â‚¬|ï»¿")
_CONTROL = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MARKUP = re.compile(
    r"</?[A-Za-z][A-Za-z0-9:-]*(?:\s[^<>]*)?/?>|<!--|&(?:[A-Za-z]{2,8}|#\d{2,6}|#x[0-9a-fA-F]{2,6});"
    r"|\\(?:begin|end|text\w+|emph|cite|ref|label|frac|item|section|href)\b\{?|\[\[|\{\{|\]\("
)
_NUMBER = re.compile(r"\d(?:[\d.,:/]*\d)?")
_SIGNS = re.compile(r"[<&\\\[{\]]")


def has_mojibake(text: str) -> bool:
    """Whether ``text`` shows the traces of UTF-8 read as Latin-1 or Windows-1252."""
    return not text.isascii() and _MOJIBAKE.search(text) is not None


def repair_mojibake(text: str) -> str | None:
    """``text`` as it was before it was read in the wrong encoding, once or twice; ``None`` where that is not certain.

    Certain is: all of it goes back to bytes, the bytes are UTF-8, and no trace is left.
    """
    for _ in range(2):
        repaired = None
        for encoding in ("cp1252", "latin-1"):
            try:
                repaired = text.encode(encoding).decode("utf-8")
                break
            except UnicodeError:
                continue
        if repaired is None:
            return None
        text = repaired
        if not has_mojibake(text):
            return text
    return None


def has_control(text: str) -> bool:
    """Whether ``text`` holds control characters (not tab or newline) or marks of bidirectional layout."""
    return _CONTROL.search(text) is not None


def has_markup(text: str) -> bool:
    """Whether ``text`` holds HTML or XML tags, entities, LaTeX commands, or links of wikis and Markdown."""
    return _SIGNS.search(text) is not None and _MARKUP.search(text) is not None


def unnormalised(text: str) -> bool:
    """Whether ``text`` is not in Unicode's normal form C."""
    return not text.isascii() and not unicodedata.is_normalized("NFC", text)


def _digits(text: str) -> list[str]:
    """Numbers of two digits and more by their digits alone (1,000.5 is 1.000,5); a single digit may be spelled out."""
    found = (re.sub(r"\D", "", number).lstrip("0") for number in _NUMBER.findall(text))
    return sorted(number for number in found if len(number) > 1)


def numbers_differ(en: str, pt: str) -> bool:
    """Whether a number of one side is not on the other.

    A clock's hours may differ (3:30 p.m. is 15h30), and a date may be written in another order: what counts is that
    the digits of all numbers together differ, and the numbers one by one do too.
    """
    ours, theirs = _digits(en), _digits(pt)
    if ours == theirs or sorted("".join(ours)) == sorted("".join(theirs)):
        return False
    return set(ours) != set(theirs)


def is_copy(en: str, pt: str, words: list[str]) -> bool:
    """Whether both sides say the same, case aside, and not only names: two different words after the first are lower.

    ``words`` are those of ``en`` in lower case.
    """
    if len(words) < 3 or len(en) != len(pt) or en.casefold() != pt.casefold():
        return False
    return len({word for word in en.split()[1:] if word.isalpha() and word.islower()}) >= 2
