"""Which language a text is in, by its commonest words; no model needed.

Every word of the lists below counts for its languages, the more the fewer languages have it. The words of the lexicon
count a little for English or Portuguese. A text none of whose words either language knows is in a third one, whichever.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import repeat
from typing import NamedTuple

from translator.corpus.doctor.lexicon import lexicon

LANGUAGES = ("en", "pt", "es", "fr", "de", "it")
_FUNCTION_WORDS = {
    "en": "the of and to in is you that it he she was for on are as with his her they at be this have from or had by "
    "not but what all were we when your can said there an which their if will do how about up out them then "
    "these so some would make him into has look more go see no way could people my than who its now been did "
    "get may i me our us don't it's i'm that's isn't didn't can't won't where why because should after before "
    "never always very just am does",
    "pt": "o a os as um uma de do da dos das em no na nos nas ao à aos às e que não é para por com se mas como mais "
    "foi são está estão ser ter tem têm ele ela eles elas você vocês eu nós meu minha seu sua seus suas isso "
    "isto este esta esse essa aquele aquela pelo pela quando muito também já só até onde quem porque sem sobre "
    "entre depois era eram foram estava há nem ou lhe me te fazer pode vai vou tenho estou sou quero tudo "
    "todos nunca agora aqui então num numa",
    "es": "el la los las un una unos unas de del y que no es en por para con se pero como más fue son está están ser "
    "tener tiene él ella ellos ellas usted ustedes yo nosotros mi mis su sus eso esto este esta ese esa aquel "
    "lo le les al cuando muy también ya sólo hasta donde quien porque sin sobre entre después era eran había "
    "hay ni o me te puede voy tengo estoy soy quiero todo todos nunca ahora aquí entonces hace hacer qué cómo "
    "dónde hoy ayer mañana tú nos sí bien gente años noche mucho mucha fui hizo",
    "fr": "le la les un une des de du et que ne pas est en pour par avec se mais comme plus fut sont être avoir il "
    "elle ils elles vous je nous mon ma mes son sa ses ce cette ces cet qui quand très aussi déjà sans sur "
    "entre après était étaient ou lui me te peut vais suis au aux dans tout tous jamais maintenant ici alors "
    "où on leur leurs ont avait fait c'est j'ai d'un d'une n'est qu'il l'on à y votre notre quoi moi toi rien "
    "bien deux ça gens fois faut allons avant chez petite peu jour nuit",
    "de": "der die das ein eine einen einem einer des dem den und dass nicht ist sind war waren für mit von zu im in "
    "auf aber wie mehr sein haben hat er sie es wir ihr ich mein meine seine ihre dieser diese dieses wenn "
    "sehr auch schon ohne über nach oder mir mich dir dich kann will bin habe am als an bei aus um noch nur "
    "nie jetzt hier dann wo was wer wird werden wurde zum zur vor durch kein keine uns euch ihn ihm man so "
    "heute gut warum weil alle muss müssen bevor nichts viel leute jahre tag nacht bis",
    "it": "il lo la i gli le un una uno di del della dei delle dello e che non è in per con si ma come più fu sono "
    "essere avere ha hanno lui lei loro voi io noi mio mia suo sua questo questa quello quella quando molto "
    "anche già senza sul sulla tra fra dopo era erano o ci mi ti può vado ho tutto tutti mai adesso qui allora "
    "dove chi perché al alla ai alle nel nella da dal dalla ne se ed cosa c'è tuo tua nostro nostra oggi ieri "
    "bene fatto suoi due ogni gente molti anni giorno notte prima poi finché bisogna",
}
_FIELD = 8  # bits of a language in a packed sum; six of them are exact in a float, which adds faster than long integers
_MASK = (1 << _FIELD) - 1
_WEIGHT = 6  # of a word only one language has
_KNOWN = 2  # of a word of the lexicon
_COUNTED = _MASK // _WEIGHT  # words of a text, so that no field overflows
_MARGIN = 9  # by which one language must lead: a word and a half that no other has
_OTHER_SCRIPT = re.compile("[\u0370-\u052f\u0590-\u08ff\u0900-\u1cff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Evidence(NamedTuple):
    """What the words of a text say: a sum for each language, in the order of ``LANGUAGES``."""

    sums: tuple[int, ...]
    words: int


@cache
def _table() -> dict[str, float]:
    """Word → its weights, packed: 8 bits a language, so that one addition adds them all."""
    lists = {language: set(words.split()) for language, words in _FUNCTION_WORDS.items()}
    table: dict[str, float] = {}
    for word in set().union(*lists.values()):
        having = [index for index, language in enumerate(LANGUAGES) if word in lists[language]]
        table[word] = float(sum((_WEIGHT // len(having)) << (_FIELD * index) for index in having))
    words = lexicon()
    for index, known in enumerate((words.english, words.portuguese)):
        for word in known:
            if word not in table:
                table[word] = float(_KNOWN << (_FIELD * index))
    return table


def evidence(words: list[str]) -> Evidence:
    """The evidence of ``words``, in lower case: each counts once, of the first forty."""
    packed = int(sum(map(_table().get, dict.fromkeys(words[:_COUNTED]), repeat(0.0))))
    sums = (packed & 255, packed >> 8 & 255, packed >> 16 & 255, packed >> 24 & 255, packed >> 32 & 255, packed >> 40)
    return Evidence(sums, len(words))


def looks(found: Evidence, language: int, other: int) -> bool:
    """Whether a text looks like ``language`` and not like ``other`` (indices into ``LANGUAGES``)."""
    ours, theirs = found.sums[language], found.sums[other]
    return ours >= theirs + _MARGIN and ours >= 2.5 * theirs


def is_foreign(text: str, found: Evidence) -> bool:
    """Whether ``text`` is in neither English nor Portuguese: another list fits far better, its script is another, or,
    of eight words or more, none at all is known."""
    en, pt, es, fr, de, it = found.sums
    best, home = max(es, fr, de, it), max(en, pt)
    if best >= home + _MARGIN and best >= 1.6 * home:
        return True
    if found.words >= 8 and home == 0:
        return sum(word[:1].islower() for word in text.split()) > found.words // 2
    return not text.isascii() and len(_OTHER_SCRIPT.findall(text)) * 10 > 3 * len(text)
