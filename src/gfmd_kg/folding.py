"""One way to fold text, for what the data say and for what people type.

Folded are case, accents, ligatures, apostrophes, hyphens, kinds of space and normal forms: people type
``cote d ivoire`` or copy ``Côte d’Ivoire``, and documents print both. It is Unicode's compatibility caseless
match (Unicode 16, D146) as the standard library has it, without nonspacing marks, and with the few Latin
letters that have no decomposition. A transliterating library would fold more (``Кения`` into ``Keniya``),
and so join words that nobody takes for one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ħ": "h", "þ": "th"}
_APOSTROPHES = "'’‘‛`´ʹʻʼʽʾʿ′＇"
_DASHES = "-‐‑‒–—―−﹘﹣－\u00ad"  # the soft hyphen is taken for the hyphen that it may show


_PLAIN = dict.fromkeys(map(ord, "'`-"), " ")


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    if letter in _APOSTROPHES or letter in _DASHES or letter.isspace():
        return " "
    whole = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())
    kept = (part for part in whole if unicodedata.category(part) not in ("Mn", "Cf"))
    return "".join(_LETTERS.get(part, part) for part in kept)


def fold(text: str) -> str:
    """The text folded, with single spaces and none at its ends."""
    if text.isascii():  # the same, without looking each letter up
        return " ".join(text.lower().translate(_PLAIN).split())
    return " ".join("".join(map(_fold_letter, text)).split())


def fold_name(text: str) -> str:
    """The words of a name, folded: punctuation goes, ``&`` is *and*, ``+`` stays (5+5)."""
    return " ".join(re.findall(r"[^\W_]+|\+", fold(text).replace("&", " and ")))


def spellings(wanted: str, text: str) -> set[str]:
    """The parts of ``text`` that fold into ``wanted``, which is folded, as they are written there."""
    folded: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for part in _fold_letter(letter):
            if part != " " or (folded and folded[-1] != " "):
                folded.append(part)
                places.append(place)
    line = "".join(folded)
    found = set()
    start = line.find(wanted)
    while wanted and start >= 0:
        found.add(text[places[start] : places[start + len(wanted) - 1] + 1])
        start = line.find(wanted, start + 1)
    return found
