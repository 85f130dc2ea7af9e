"""Each competency question gets its exact answer, from the lines it rests on."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from gfmd_kg.catalogue.model import Cell

QUESTIONS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "questions.toml").read_text(encoding="utf-8")
)["question"]


def test_there_are_enough_questions_and_enough_that_are_not_stated():
    assert len(QUESTIONS) >= 120
    assert sum(not question["answer"] for question in QUESTIONS) >= 25
    words = [question["words"] for question in QUESTIONS]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("question", QUESTIONS, ids=[question["words"] for question in QUESTIONS])
def test_a_question_gets_its_exact_answer(service, question: dict[str, Any]):
    name, *pairs = question["ask"].split()
    given: dict[str, list[str]] = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        given.setdefault(key, []).append(value)
    answer = service.catalogue.ask(name, given)
    column = question.get("column") or next(iter(answer.query.header.columns))
    only = question.get("only", {})
    rows = [row for row in answer.rows if all(_word(row.cells[key]) == value for key, value in only.items())]
    found = {_word(row.cells[column]) for row in rows} - {None}
    assert found == set(question["answer"])
    assert not found & set(question.get("excludes", ()))
    sources = {
        f"{source.document}:{source.first_line}"
        for row in rows
        for source in (answer.sources[number] for number in row.sources)
    }
    assert set(question.get("lines", ())) <= sources
    if not question["answer"]:
        assert not rows or column != next(iter(answer.query.header.columns))


def _word(cell: Cell) -> Any:
    """The slug of a thing, the local name of a property, or the value."""
    if cell.item is None:
        return cell.value
    _, thing, name = cell.item.iri.partition("/id/")
    return name.partition("/")[2] if thing else cell.item.iri.rpartition("#")[2]
