"""Many distinct questions: the examples of each canned query, and one for each value of their parameters."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import chain, zip_longest
from urllib.parse import urlencode

from gfmd_kg.catalogue.binding import bind
from gfmd_kg.catalogue.model import CannedQuery
from gfmd_kg.catalogue.parameters import check
from gfmd_kg.catalogue.registry import Catalogue

PER_QUERY = 12
"""Questions of one canned query; more would give the queries with many values a weight of their own."""


@dataclass(frozen=True)
class Question:
    """A canned query with its parameters."""

    query: CannedQuery
    given: dict[str, list[str]]

    @property
    def path(self) -> str:
        """Its address, as JSON."""
        pairs = [(name, word) for name, words in self.given.items() for word in words]
        return f"/queries/{self.query.id}?" + urlencode([*pairs, ("format", "json")])

    def text(self, catalogue: Catalogue) -> str:
        """Its bare SPARQL."""
        return bind(self.query.text, check(self.query.header, self.given, catalogue.lookup).terms)


def distinct_questions(catalogue: Catalogue) -> list[Question]:
    """The questions in turns of one of each query, so that any beginning of the list is a fair sample."""
    chosen = random.Random(5)
    columns = []
    for query in catalogue:
        found = _of_query(query, catalogue)
        examples = len(query.header.examples)
        columns.append(found[:examples] + chosen.sample(found[examples:], len(found) - examples))
    turns = zip_longest(*(column[:PER_QUERY] for column in columns))
    return [question for question in chain.from_iterable(turns) if question is not None]


def _of_query(query: CannedQuery, catalogue: Catalogue) -> list[Question]:
    examples = [
        {name: [value] if isinstance(value, str) else list(value) for name, value in example.params.items()}
        for example in query.header.examples
    ]
    varied = [
        {**examples[0], name: [word, *examples[0].get(name, [])[1:]]}
        for name, param in query.header.params.items()
        if param.type in ("iri", "boolean")
        for word, _ in catalogue.choices(query, name, "en")
    ]
    found = {Question(query, given).path: Question(query, given) for given in [*examples, *varied]}
    return [question for question in found.values() if _no_word_twice(question)]


def _no_word_twice(question: Question) -> bool:
    return all(len(set(words)) == len(words) for words in question.given.values())
