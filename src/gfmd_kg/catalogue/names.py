"""Names and codes of things: which thing a name means, which are near it, and what a search finds.

A name is compared by its folded words. It means a thing only if exactly one of those allowed bears it; where
several do, or none, nothing is guessed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from pyoxigraph import Literal, NamedNode

from gfmd_kg.folding import fold_name
from gfmd_kg.namespaces import local_name, split_thing
from gfmd_kg.store.engine import Solutions

SHORTEST = 3
"""Letters that a given text needs before a name that only holds it is near."""
ALIKE = 0.8
"""How much of two words must agree, in order, for one to be a slip of the other: difflib's ratio."""
TIE = 0.05
"""What is nearer than another by less than this is no nearer."""
LONGEST = 60
"""Letters beyond which no slip is looked for: to compare long texts letter by letter takes long."""

_PARENTHESIS = re.compile(r"^(?P<outer>[^()]+?)\s*\((?P<inner>[^()]+)\)$")


class Kind(IntEnum):
    """What sort of name it is, the more usual ones first."""

    LABEL = 0
    NAME = 1
    CODE = 2
    ACRONYM = 3
    ALIAS = 4
    FORMER = 5
    PRINTED = 6


KINDS = {
    "label": Kind.LABEL,
    "prefLabel": Kind.LABEL,
    "name": Kind.NAME,
    "notation": Kind.CODE,
    "alpha2": Kind.CODE,
    "alpha3": Kind.CODE,
    "alpha4": Kind.CODE,
    "numericCode": Kind.CODE,
    "letter": Kind.CODE,
    "acronymAsPrinted": Kind.ACRONYM,
    "altLabel": Kind.ALIAS,
    "synonymAsPrinted": Kind.ALIAS,
    "ofState": Kind.FORMER,
    "nameAsPrinted": Kind.PRINTED,
}
"""The sort of name that each property gives, by its local name."""


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a thing, as it is written; ``key`` is what it is compared by."""

    thing: NamedNode
    text: str
    lang: str | None
    kind: Kind
    key: str


class NameIndex:
    """All names of a release."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._names = sorted(
            (name for name in set(names) if name.key),
            key=lambda name: (name.kind, name.text, name.lang or "", name.thing.value),
        )
        self._by_key: dict[str, list[Name]] = {}
        for name in self._names:
            self._by_key.setdefault(name.key, []).append(name)

    @classmethod
    def read(cls, solutions: Solutions) -> NameIndex:
        """The index of what ``names.rq`` gives. A slug is a code; so are the local names of properties."""
        found: list[Name] = []
        things: dict[NamedNode, None] = {}
        for thing, prop, text in solutions.rows:
            if isinstance(thing, NamedNode) and isinstance(prop, NamedNode) and isinstance(text, Literal):
                things[thing] = None
                kind = KINDS[local_name(prop.value)]
                found += (
                    Name(thing, part, text.language, kind, fold_name(part)) for part in _parts(text.value)
                )
        for thing in things:
            slug = (split_thing(thing.value) or ("", local_name(thing.value)))[1]
            found.append(Name(thing, slug, None, Kind.CODE, fold_name(slug)))
        return cls(found)

    def bearers(self, given: str, allowed: Collection[NamedNode] | None = None) -> list[NamedNode]:
        """The things, of those allowed, that bear the name or code ``given``."""
        names = self._by_key.get(fold_name(given), ())
        things = dict.fromkeys(name.thing for name in names if allowed is None or name.thing in allowed)
        return sorted(things, key=lambda thing: thing.value)

    def near(self, given: str, lang: str, allowed: Collection[NamedNode] | None = None) -> list[NamedNode]:
        """The things whose names are nearest, all that are equally near; none rather than a wrong one.

        Nearest are names that hold the given words, then names that the given text holds, then names with
        words that begin so, then names that differ by a slip; each time those in ``lang`` first.
        """
        key = fold_name(given)
        if len(key) < SHORTEST:
            return []
        names = [name for name in self._names if allowed is None or name.thing in allowed]
        own = [name for name in names if name.lang in (lang, None)]
        for find in (_holding, _held, _beginning, _slips):
            for some in (own, names):
                things = dict.fromkeys(name.thing for name in find(key, some))
                if things:
                    return list(things)
        return []

    def search(self, text: str) -> list[Name]:
        """For each thing that has a name which holds ``text``, the one that fits best, the best first."""
        key = fold_name(text)
        if not key:
            return []
        best: dict[NamedNode, tuple[int, Name]] = {}
        for name in self._names:
            fit = _fit(key, name)
            known = best.get(name.thing)
            if fit is not None and (known is None or fit < known[0]):
                best[name.thing] = (fit, name)
        ranked = sorted(
            best.values(), key=lambda found: (found[0], found[1].kind, found[1].key, found[1].thing.value)
        )
        return [name for _, name in ranked if split_thing(name.thing.value)]


def _parts(text: str) -> Iterator[str]:
    """The name, and of one with parentheses what stands before and in them: *Myanmar (Burma)*."""
    yield text
    found = _PARENTHESIS.match(text)
    if found:
        yield found["outer"]
        yield from (part for part in found["inner"].split(", ") if part[:1].isupper())  # else it is a remark


def _fit(key: str, name: Name) -> int | None:
    """How well a name fits, 0 the best: it is the text, begins with it, holds its words or its letters.

    Of codes and slugs people know the whole; of one or two letters they mean a word.
    """
    padded = f" {name.key} "
    holds = f" {key} " in padded
    fits = [name.key == key]
    if name.kind is Kind.CODE:
        fits += [False] * 5 + [holds]
    else:
        fits += [padded.startswith(f" {key} "), holds]
        if len(key) >= SHORTEST:
            words = all(f" {word}" in padded for word in key.split())
            fits += [f" {key}" in padded, key in name.key, words]
    return fits.index(True) if True in fits else None


def _holding(key: str, names: Iterable[Name]) -> list[Name]:
    return [name for name in names if f" {key} " in f" {name.key} "]


def _held(key: str, names: Iterable[Name]) -> list[Name]:
    """The longest names that stand whole in the text."""
    held = [name for name in names if len(name.key) > SHORTEST and f" {name.key} " in f" {key} "]
    longest = max((len(name.key) for name in held), default=0)
    return [name for name in held if len(name.key) == longest]


def _beginning(key: str, names: Iterable[Name]) -> list[Name]:
    return [name for name in names if f" {key}" in f" {name.key}"]


def _slips(key: str, names: Iterable[Name]) -> list[Name]:
    if not SHORTEST < len(key) <= LONGEST:
        return []
    alike = [(likeness, name) for name in names if (likeness := _likeness(key, name.key)) >= ALIKE]
    best = max((likeness for likeness, _ in alike), default=0.0)
    return [name for likeness, name in sorted(alike, key=lambda each: -each[0]) if likeness > best - TIE]


def _likeness(one: str, other: str) -> float:
    """That of the words that differ most, or of the whole where the words are cut otherwise."""
    words, others = one.split(), other.split()
    if len(words) != len(others):
        whole, joined = "".join(words), "".join(others)
        return _ratio(whole, joined) if 1 in (len(words), len(others)) else 0.0
    return min(map(_ratio, words, others))


def _ratio(one: str, other: str) -> float:
    if one == other:
        return 1.0
    # a short word with a slip is another word, and so is one that begins otherwise: Prussia
    if min(len(one), len(other)) <= SHORTEST or one[0] != other[0]:
        return 0.0
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE else 0.0
