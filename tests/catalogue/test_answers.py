"""Every query of the catalogue: its columns, its examples, sources behind each row, labels by language."""

from __future__ import annotations

from pathlib import Path

import pytest

from gfmd_kg.catalogue.header import LANGUAGES
from gfmd_kg.catalogue.registry import load_queries

ROOT = Path(__file__).parents[2]
QUERIES = load_queries(ROOT / "queries")
CONTRACT = {
    "mechanisms-by-area": ("area!", "category"),
    "areas-by-mechanism": ("mechanism!",),
    "coverage-matrix": ("category", "theme"),
    "coverage-gaps": ("region", "category"),
    "mechanisms": ("category", "region"),
    "mechanism-profile": ("mechanism!",),
    "similar-mechanisms": ("mechanism!",),
    "practices": ("region", "practice_type", "mechanism", "organisation", "state", "innovative", "text"),
    "practices-in-several-regions": (),
    "theme-elements": ("theme",),
    "survey-respondents": ("region", "category", "responded"),
    "survey-recommenders": ("theme", "status"),
    "recommendation-counts": ("region", "theme"),
    "recurrent-recommendations": ("region", "theme"),
    "recommendations": ("meeting", "kind"),
    "evidence": ("subject!", "property", "object"),
    "members-of": (
        "mechanism!",
        "as_of",
    ),
    "mechanisms-of-state": (
        "state!",
        "as_of",
    ),
    "shared-mechanisms": ("state!",),
    "sdg-targets": ("theme",),
    "roundtables": (
        "forum",
        "theme",
    ),
    "guiding-questions": ("roundtable",),
    "instruments": (
        "adopted_by",
        "from",
        "until",
        "mechanism",
    ),
    "timeline": (
        "from",
        "until",
        "kind",
    ),
    "participants": (
        "meeting!",
        "mechanism",
        "state",
    ),
    "publications": (
        "roundtable",
        "from",
        "until",
    ),
    "disagreements": (),
}
"""The parameters that users' scripts rely on, in their order."""
COLUMNS = {
    "mechanisms-by-area": "mechanism category",
    "areas-by-mechanism": "area theme",
    "coverage-matrix": "mechanism area",
    "coverage-gaps": "area",
    "mechanisms": "mechanism category document",
    "mechanism-profile": "property value",
    "similar-mechanisms": "mechanism shared_areas jaccard",
    "practices": "practice practice_type region contributor innovative",
    "practices-in-several-regions": "practice regions",
    "theme-elements": "theme element",
    "survey-respondents": "respondent kind region responded",
    "survey-recommenders": "respondent status",
    "recommendation-counts": "region theme respondents",
    "recurrent-recommendations": "element theme region",
    "recommendations": "recommendation kind position",
    "evidence": "statement document locator first_line last_line",
    "members-of": "state role document",
    "mechanisms-of-state": "mechanism role document",
    "shared-mechanisms": "mechanism",
    "sdg-targets": "target document",
    "roundtables": "roundtable forum theme",
    "guiding-questions": "question roundtable position",
    "instruments": "instrument adopted_by date",
    "timeline": "event kind date place",
    "participants": "institution represents state delegates",
    "publications": "publication year roundtable",
    "disagreements": "subject property value document",
}


@pytest.mark.parametrize("name", CONTRACT)
def test_parameters_and_columns_that_scripts_rely_on(name: str):
    header = QUERIES[name].header
    signature = tuple(f"{param}!" if given.required else param for param, given in header.params.items())
    assert signature[: len(CONTRACT[name])] == CONTRACT[name]
    assert list(header.columns)[: len(COLUMNS[name].split())] == COLUMNS[name].split()


EXAMPLES = [
    pytest.param(query.id, number, id=f"{query.id}-{number}")
    for query in QUERIES.values()
    for number in range(len(query.header.examples))
]


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_an_example_answers_with_sources_and_labels(service, name: str, number: int):
    example = QUERIES[name].header.examples[number]
    given = {key: [value] if isinstance(value, str) else value for key, value in example.params.items()}
    answers = {lang: service.catalogue.ask(name, {**given, "lang": [lang]}) for lang in LANGUAGES}
    english = answers["en"]
    assert english.rows
    for answer in answers.values():
        assert [row.sources for row in answer.rows] == [row.sources for row in english.rows]
    for row in english.rows:
        assert row.sources
        assert tuple(row.cells) == QUERIES[name].columns
        for column in QUERIES[name].columns:
            if column.endswith("_label"):
                twin = row.cells[column.removesuffix("_label")]
                label = row.cells[column].value
                assert (twin.item.label if twin.item else None) == (label or None) or twin.items
    for source in english.sources:
        if source.basis == "source" and source.document:
            assert source.locator and source.first_line and source.last_line
            assert 1 <= source.first_line <= source.last_line <= 1728


@pytest.mark.parametrize("name", [query.id for query in QUERIES.values()])
def test_a_query_runs_unchanged_in_any_editor(service, name: str):
    """Bare, with the values that stand in its slots, it gives rows."""
    text = "\n".join(line for line in QUERIES[name].text.splitlines() if not line.startswith("#+"))
    assert service.engine.select(text).rows


def test_search_finds_names_in_any_language(service):
    found = {item.iri.partition("/id/")[2] for item, _ in service.catalogue.search("puebla", "en")}
    assert "mechanism/rcm" in found
    labels = {item.label for item, _ in service.catalogue.search("Lutte contre la traite", "en")}
    assert "Counter-trafficking" in labels
    assert service.catalogue.search("no such words anywhere", "en") == []
