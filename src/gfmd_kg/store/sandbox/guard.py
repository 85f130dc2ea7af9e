"""Look at an ad-hoc SPARQL text before any engine does, and refuse what is never run.

Calls to other endpoints are refused by their word, wherever it stands: an engine cuts a text into tokens as
it parses, and whoever cuts it without the grammar differs from it somewhere (``?a<1)…>`` is an IRI, or
compares). Code point escapes are refused, too: section 19.2 of SPARQL 1.1 (W3C recommendation) lets them
stand for any character. For the rest, the text is cut into tokens by the terminals of section 19.8, so that a
word in a string, a comment, an IRI or a name is not taken for a keyword.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from pyoxigraph import NamedNode

from gfmd_kg.decoding import MARK
from gfmd_kg.errors import QueryRefusedError
from gfmd_kg.namespaces import BASE
from gfmd_kg.store.engine import DatasetChoice
from gfmd_kg.store.tokens import split_tokens

MAX_LENGTH = 64 * 1024
"""Characters; no query that a person writes comes near."""

MAX_DEPTH = 100
"""Brackets in brackets, or signs of negation in a row: people need few. The engine recurses into them."""

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_UPDATES = frozenset(["INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"])
_CALL = re.compile("service", re.IGNORECASE)  # takes the long s and the dotless i for letters of it, too
_VARYING = re.compile(r"(?:NOW|RAND|UUID|BNODE)\s*[(#]", re.IGNORECASE)  # STRUUID ends so, too
_BLANK_NODE = re.compile(r"_:|[\[(]")
_LANGUAGE_TAG = re.compile(r"@[a-zA-Z]+(?:-[a-zA-Z0-9]+)*")


@dataclass(frozen=True)
class Checked:
    """A query text that may be run, with its form and the graphs that it chooses with FROM, if it does.

    ``repeatable``: nothing in it lets one run give other bytes than the next.
    """

    text: str
    form: str
    graphs: DatasetChoice
    repeatable: bool


def check(text: str, prefixes: Mapping[str, str]) -> Checked:
    """Refuse updates, SERVICE, foreign FROM, escapes and oversize; declare known prefixes left undeclared.

    A byte order mark before the text is taken off: files that are sent as they are may begin with one.

    Raises ``QueryRefusedError`` with field ``query``.
    """
    text = text.removeprefix(MARK)
    if len(text) > MAX_LENGTH:
        raise _refused(f"The query has {len(text)} characters; the limit is {MAX_LENGTH}.")
    if _CALL.search(text):
        raise _refused(
            "The word SERVICE is not accepted anywhere in a query, not even in a text or a comment: "
            "no query leaves this dataset."
        )
    if re.search(r"\\[uU]", text):
        raise _refused(r"Code point escapes (\u, \U) are not accepted: write the character itself.")
    whole = list(_closed(text) if "'" in text or '"' in text else split_tokens(text))
    tokens = [token for token in whole if token[0] != "space"]
    form = _form(tokens)
    # what a text does not hold at all need not be looked for token by token: most are short and plain
    if sum(map(text.count, "([{")) > MAX_DEPTH or text.count("!") > MAX_DEPTH:
        _check_nesting(tokens)
    graphs = DatasetChoice()
    if "FROM" in text.upper():
        graphs = _check_dataset(tokens)
        _check_hidden(whole)
    return Checked(_declare(text, tokens, prefixes), form, graphs, _is_repeatable(text))


def check_graph(iri: str, field: str) -> str:
    """A graph IRI that the protocol names must be one of the project's; nothing is ever fetched."""
    try:
        NamedNode(iri)
        known = iri.startswith(BASE)
    except ValueError:
        known = False
    if not known:
        raise QueryRefusedError(
            field, iri, f"Only graphs of this dataset can be named; they begin with {BASE}"
        )
    return iri


def _closed(text: str) -> Iterator[tuple[str, str]]:
    """The tokens, as long as every string ends: looking for the end of each that does not takes too long."""
    end = 0
    for kind, value in split_tokens(text):
        end += len(value)
        if value in ("'", '"') or (value in ("''", '""') and text[end : end + 1] == value[0]):
            raise _refused("A string is not closed.")
        yield kind, value


def _keywords(tokens: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Where a keyword may stand, in capitals. Parsers end one at any sign, or at none: ``SERVICE:x``."""
    for kind, value in tokens:
        tag = kind == "word" and _LANGUAGE_TAG.fullmatch(value)
        if kind in ("word", "name") and not tag and not value.startswith("_:"):
            yield value.partition(":")[0].upper()


def _form(tokens: list[tuple[str, str]]) -> str:
    for kind, value in tokens:
        if kind != "word":
            continue
        word = value.upper()
        if word in _UPDATES:
            raise _refused(f"{word} belongs to SPARQL Update; this endpoint only answers queries.", FORMS)
        if word in FORMS:
            return word
    raise _refused("The text holds no query form.", FORMS)


def _check_dataset(tokens: list[tuple[str, str]]) -> DatasetChoice:
    chosen: dict[bool, list[str]] = {True: [], False: []}
    if any("FROM" in word and word != "FROM" for word in _keywords(tokens)) or any(
        kind == "name" and value.upper().startswith("FROM:") for kind, value in tokens
    ):
        raise _refused("FROM stands alone, before the full IRI of a graph; it is no prefix here.")
    for index, (kind, value) in enumerate(tokens):
        if kind != "word" or value.upper() != "FROM":
            continue
        rest = tokens[index + 1 : index + 3]
        named = bool(rest) and rest[0][0] == "word" and rest[0][1].upper() == "NAMED"
        target = rest[1:2] if named else rest[:1]
        if not target or target[0][0] != "iri":
            raise _refused("FROM takes the full IRI of a graph of this dataset, in angle brackets.")
        chosen[named].append(check_graph(target[0][1][1:-1], "query"))
    return DatasetChoice(tuple(chosen[False]), tuple(chosen[True]))


def _check_hidden(tokens: list[tuple[str, str]]) -> None:
    """Refuse FROM in what may be no text, comment or IRI: ``<`` after a value in a SELECT clause compares."""
    if not any(kind in ("space", "string", "iri") and "FROM" in value.upper() for kind, value in tokens):
        return
    depth, last = 0, ("", "")
    for kind, value in tokens:
        if kind == "iri" and depth and (last[0] != "other" or last[1] in ")}" or last[1].isalnum()):
            raise _refused(
                "The word FROM stands in a text, a comment or an IRI, after a '<' that could begin an IRI or "
                "compare: leave the word out, or write a space after each '<' that compares."
            )
        if kind == "other":
            depth += (value == "(") - (value == ")")
            if value == "{" and not depth:  # no dataset is chosen behind it, or no value stood before it
                return
        if kind != "space":
            last = kind, value


def _check_nesting(tokens: list[tuple[str, str]]) -> None:
    depth = row = 0
    for kind, value in tokens:
        if kind != "other":
            row = 0
            continue
        row = row + 1 if value == "!" else 0
        if value in "([{":
            depth += 1
        elif value in ")]}":
            depth -= 1
        if max(depth, row) > MAX_DEPTH:
            raise _refused(
                f"The query is nested too deep: {MAX_DEPTH} brackets, or '!' in a row, are the limit."
            )


def _is_repeatable(text: str) -> bool:
    """Whether no function gives something new each time, and no template makes blank nodes, each run its own.

    Told by the letters alone: a call in a string or a comment counts, too.
    """
    if _VARYING.search(text):
        return False
    return "CONSTRUCT" not in text.upper() or not _BLANK_NODE.search(text)


def _declare(text: str, tokens: list[tuple[str, str]], prefixes: Mapping[str, str]) -> str:
    names = {
        value.partition(":")[0] for kind, value in tokens if kind == "name" and not value.startswith("_:")
    }
    if not names:
        return text
    declared = {
        after[1].partition(":")[0]
        for before, after in pairwise(tokens)
        if before[0] == "word" and before[1].upper() == "PREFIX" and after[0] == "name"
    }
    missing = sorted(name for name in names - declared if name in prefixes)
    return "".join(f"PREFIX {name}: <{prefixes[name]}> " for name in missing) + text


def _refused(detail: str, allowed: tuple[str, ...] = ()) -> QueryRefusedError:
    return QueryRefusedError("query", "", detail, allowed)
