"""Texts made of pieces that lexers read differently: what the guard lets through, the engine's own parser
must not read as a call to another endpoint or as a graph of another dataset.

The parser is asked without any network: one letter of a word is changed in a text that it takes. If it then
refuses the text, or takes it no longer, the word was a keyword; in a string, a comment, an IRI or a name one
letter is as good as another.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Callable

from pyoxigraph import Store

from gfmd_kg.errors import QueryRefusedError
from gfmd_kg.namespaces import BASE
from gfmd_kg.store.sandbox.guard import Checked, check

TEXTS = int(os.environ.get("HOSTILE_TEXTS", "30000"))
SEED = 20

_GRAPH = f"<{BASE}graph/register>"
_AWAY = ["<http://127.0.0.1:1/>", ":x", "a:x", "<x>", "?s", "a:"]
_SIGNS = ["'", '"', "'''", '"""', "\\", "#", "<", ">", "{", "}", "(", ")", ".", ":", ";", "?", "@", "%41"]
_WORDS = ["SERVICE", "service", "SerVice", "SERVICE SILENT", "FROM", "from", "FROM NAMED", "fRoM nAmEd"]
_GAPS = ["", "", " ", " ", "\n", "#\n", "# it's <\n", '#"\n', "\t", "#>\r", "#'''\n", "#'\n", "#FROM <x>\n"]
_TERMS = [
    *("?s", "$s", "?a", "a:", ":", "a:b", ":b.c", "a:b.", "a:.", "a:b\\#", "a:b\\'", "a:\\<", "a:%41", "_:b"),
    *("_:b.c", "_:b.", "a:b-", "a:-b", ":1", "<x>", "<http://h/'>", "<#>", "<>", "'x'", '"x"', "'\\''"),
    *('"\\""', "'<'", "'>'", '"#"', "'''a'b'''", '"""a"b"""', "'x'@en", "'x'@en-GB", "'x'^^a:b", "''", '""'),
    *("1", "1.", "1.e1", ".5", "-1", "+1.0", "true", "false", "()", "[]", "(1 2)", "[a:b 1]", "é:é"),
]
_VERBS = ["?p", "a", "a:p", ":p", "<p>", "^a:p", "a:p/:q", "(a:p|:q)*", "!a:p", "!(^a:p|a)", "a:p?", "a:p+"]
_VALUES = [
    *("?a", "1", "'>'", '"<"', "true", "a:b", "<x>", "(1)", "-1", "!?a", "STR(?a)", "?a = 1", "BOUND(?a)"),
    *("EXISTS {}", "?a IN (1, 2)", "IF(?a, 1, 2)", "<x>(?a)", "a:f()", "COALESCE()", "'x'@en", "1.5", ".5e1"),
]
_OPERATORS = ["<", ">", "<=", ">=", "=", "!=", "&&", "||", "+", "-", "*", "/", "<", "<"]
_COMPARED = ["?a<'>'", '?a<">"', "1<1", "?a<?a", "?a<true"]  # no IRI, but like one if a '>' follows
_HEADS = ["ASK", "ASK WHERE", "SELECT *", "SELECT ?s", "SELECT DISTINCT *", "DESCRIBE *", "DESCRIBE a:b"]
_GROUPS = ["{}", "{?s ?p ?o}", "{a:b a :c.}"]


class _Writer:
    """Writes one text after another, always the same ones."""

    def __init__(self) -> None:
        self._random = random.Random(SEED)
        self.one: Callable[[list[str]], str] = self._random.choice

    def text(self) -> str:
        chance, one = self._random.random, self.one
        text = "".join((self._prologue(), self._head(), one(_GAPS), self._group(), self._tail()))
        while chance() < 0.3:  # what no grammar foresees
            place = self._random.randrange(len(text))
            text = text[:place] + one(_SIGNS if chance() < 0.6 else _WORDS) + text[place + (chance() < 0.3) :]
        return text

    def _prologue(self) -> str:
        gap = self.one(_GAPS)
        text = f"PREFIX a:{gap}<http://127.0.0.1:1/>PREFIX :<http://127.0.0.1:1/b#>{gap}PREFIX é: <x:>"
        if self._random.random() < 0.1:
            text += f"PREFIX {self.one(['from', 'FROM', 'named', 'service', 'SELECT.a', 'ASK'])}: <http://x/>"
        return "BASE<http://127.0.0.1:1/>" + text

    def _head(self) -> str:
        one, chance = self.one, self._random.random
        head = one(_HEADS)
        if chance() < 0.3:
            value = one(_COMPARED) if chance() < 0.5 else self._value()
            head = f"SELECT({value}{one(['', ' '])}AS{one(_GAPS)}?v)"
        elif chance() < 0.1:
            head = f"CONSTRUCT{one(_GAPS)}{{{one(_TERMS)} {one(_VERBS)} {one(_TERMS)}}}"
        while chance() < 0.3:
            graph = one(_AWAY) if chance() < 0.5 else _GRAPH
            head += f"{one(_GAPS)}{one(_WORDS)}{one(_GAPS)}{graph}"
        return head

    def _value(self) -> str:
        text = self.one(_VALUES)
        while self._random.random() < 0.5:
            text += f"{self.one(_GAPS)}{self.one(_OPERATORS)}{self.one(_GAPS)}{self.one(_VALUES)}"
        return text

    def _group(self) -> str:
        parts = ["{"]
        while self._random.random() < 0.75:
            parts += (self._part(), self.one(_GAPS))
        return "".join((*parts, "}"))

    def _part(self) -> str:
        one, kind = self.one, self._random.randrange(8)
        if kind < 3:
            text = f"{one(_TERMS)} {one(_VERBS)}{one(_GAPS)}{one(_TERMS)}"
            return text + (one([".", " .", ";", " ", ",'x'", ";a:p 1 ."]))
        if kind == 3:
            return f"FILTER({self._value()})"
        if kind == 4:
            return f"{one(_WORDS)}{one(_GAPS)}{one(_AWAY)}{one(_GAPS)}{one(_GROUPS)}"
        if kind == 5:
            return one(["OPTIONAL", "MINUS", "GRAPH ?g", "GRAPH a:g", ""]) + self._group()
        if kind == 6:
            return f"BIND({self._value()} AS ?x{self._random.randrange(9)})"
        return one(["VALUES ?a {1 'x'}", "VALUES(?a){(<x>)}", "{}UNION{}", "FILTER EXISTS{}", "."])

    def _tail(self) -> str:
        return self.one(["", "", "LIMIT 1", "#", "# FROM <x>", "ORDER BY ?s", "GROUP BY ?s", "VALUES ?a{}"])


_STORE = Store()
_DATASET = re.compile(rf"FR.M(?:\s|\#.*?[\n\r])*(?:NAMED(?:\s|\#.*?[\n\r])*)?<{re.escape(BASE)}[^<>]*>", re.I)


def _takes(text: str) -> bool:
    """Whether the engine's parser takes it as a query."""
    try:
        _STORE.query(text)
    except SyntaxError:
        return False
    except (OSError, RuntimeError, ValueError):
        return True  # it went on to answer
    return True


def _keywords(text: str, word: str) -> list[int]:
    """Where the parser reads ``word`` as a keyword in a text that it takes."""
    found = []
    for match in re.finditer(word, text, re.IGNORECASE):
        place = match.start() + 2
        if not _takes(f"{text[:place]}x{text[place + 1 :]}"):
            found.append(match.start())
    return found


def _passed(text: str) -> Checked | None:
    try:
        return check(text, {})
    except QueryRefusedError:
        return None


def test_the_guard_reads_no_less_than_the_engine():
    writer, seen = _Writer(), Counter[str]()
    for _ in range(TEXTS):
        text = writer.text()
        checked, taken = _passed(text), _takes(text)
        seen[f"{'passed' if checked else 'refused'}, {'taken' if taken else 'malformed'}"] += 1
        if not taken:
            continue
        if calls := _keywords(text, "SERVICE"):
            assert not checked, f"a call to another endpoint at {calls}: {text!r}"
            seen["calls"] += 1
        graphs = _keywords(text, "FROM")
        if checked:
            assert bool(checked.graphs) == bool(graphs), f"FROM at {graphs}: {text!r}"
            assert all(_DATASET.match(text, place) for place in graphs), f"FROM at {graphs}: {text!r}"
        seen["with FROM"] += bool(graphs)
    # the texts are worth something only if many are queries, and many of these are to be refused
    assert seen["passed, taken"] > TEXTS / 10 and seen["calls"] > TEXTS / 100, seen
