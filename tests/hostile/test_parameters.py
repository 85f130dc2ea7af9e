"""Random strings at every parameter: refused, or bound without a change of structure.

``make hostile`` throws 20 000 at each; the test suite a part of them.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode

from gfmd_kg.catalogue.binding import bind
from gfmd_kg.catalogue.parameters import check
from gfmd_kg.catalogue.registry import load_queries
from gfmd_kg.errors import ParameterError
from gfmd_kg.store.tokens import split_tokens

NUMBER = int(os.environ.get("HOSTILE_STRINGS", "1000"))
PIECES = [
    '"', "'", '"""', "'''", '\\', '\\u0022', '\\n', '\n', '\r', '\t', '\x00', '\x1f', '\x7f', '\u2028',
    '\ufeff', '\u202e', '<', '>', '<http://x/>', '{', '}', '} UNION {', '(', ')', '#', '# param', '?x',
    '$x', '_:b', ';', '.', ',', '^^', '@en', '|', '||', '&&', '!', '=', '*', '+', '/', '..', '../', '%00',
    '%22', '%s', '{0}', '${x}', 'SERVICE', 'INSERT DATA', 'DROP ALL', 'FILTER(true)', 'BIND(1 AS ?y)',
    'VALUES ?a { 1 }', 'state/', 'mechanism/', 'phl', '2008', '2008-01', 'true', 'null', '-1', '0',
    '99999999999', '1e9', '\xe9', '\u4e2d', '\u064a', '\U0001d518', 'e\u0301', '\ufb01', ' ', '  ', 'a',
    'Z', 'anti-trafficking',
]  # fmt: skip
QUERIES = load_queries(Path(__file__).parents[2] / "queries")
SLOTS = [
    pytest.param(query.id, name, id=f"{query.id}-{name}")
    for query in QUERIES.values()
    for name in (*query.header.params, "basis", "document", "lang", "limit", "offset")
]


@pytest.fixture(scope="module")
def strings() -> list[str]:
    rng = random.Random(2017)
    found: dict[str, None] = {}
    while len(found) < NUMBER:
        found["".join(rng.choice(PIECES) for _ in range(rng.randint(1, 9)))] = None
    return list(found)


def _shape(text: str) -> list[tuple[str, str]]:
    """The tokens of a query, where any two strings or any two IRIs are the same."""
    return [
        (kind, "" if kind in ("string", "iri") else value)
        for kind, value in split_tokens(text)
        if kind != "space"
    ]


def _given(query_id: str, name: str, value: str) -> dict[str, list[str]]:
    params = QUERIES[query_id].header.examples[0].params
    base = {key: [given] if isinstance(given, str) else list(given) for key, given in params.items()}
    minimum = QUERIES[query_id].header.params[name].minimum if name in params else 1
    return {**base, name: [value, *base.get(name, [])[: minimum - 1]]}


def _neutral(term: NamedNode | Literal) -> NamedNode | Literal:
    if isinstance(term, NamedNode):
        return NamedNode("http://x/")
    return Literal("x") if term.datatype.value.endswith("#string") else term


@pytest.mark.parametrize(("query_id", "name"), SLOTS)
def test_no_string_changes_a_query(service, strings: list[str], tally, query_id: str, name: str):
    query, lookup = QUERIES[query_id], service.catalogue.lookup
    taken = 0
    for value in strings:
        try:
            bound = check(query.header, _given(query_id, name, value), lookup)
        except ParameterError as error:
            assert error.field
            tally(400)
            continue
        taken += 1
        tally(200)
        neutral = {slot: [_neutral(term) for term in terms] for slot, terms in bound.terms.items()}
        assert _shape(bind(query.text, bound.terms)) == _shape(bind(query.text, neutral))
    if name in query.header.params and query.header.params[name].type == "string":
        assert taken > NUMBER / 20
