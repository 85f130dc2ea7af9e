"""The contract of the miniature: each canned query gives exactly these rows, from exactly these lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from answers import ask, questions, rows

from gfmd_kg.catalogue.registry import load_queries
from gfmd_kg.catalogue.service import Service

QUERIES = load_queries(Path(__file__).parents[2] / "queries")
QUESTIONS = list(questions())


@pytest.mark.parametrize(("question", "wanted"), QUESTIONS, ids=[question for question, _ in QUESTIONS])
def test_a_question_gets_exactly_its_rows(service: Service, question: str, wanted: list[list[str]]):
    assert rows(ask(service.catalogue, question)) == wanted


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_is_asked_and_every_parameter_given_with_rows_to_show(name: str):
    asked = [(question.split()[1:], wanted) for question, wanted in QUESTIONS if question.split()[0] == name]
    assert asked
    given = {pair.partition("=")[0] for pairs, wanted in asked if wanted for pair in pairs}
    assert set(QUERIES[name].header.params) <= given
