"""Every query of the catalogue: its columns, its examples, sources behind each row, labels by language."""

from __future__ import annotations

from pathlib import Path

import pytest
from answers import ask, questions

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


ASKED = list(dict.fromkeys(question for question, wanted in questions() if wanted))


@pytest.mark.parametrize("question", ASKED)
def test_an_answer_has_its_columns_sources_and_labels_in_every_language(service, question: str):
    answers = {lang: ask(service.catalogue, f"{question} lang={lang}") for lang in LANGUAGES}
    english = answers["en"]
    assert english.rows
    for answer in answers.values():
        assert [row.sources for row in answer.rows] == [row.sources for row in english.rows]
    for row in english.rows:
        assert tuple(row.cells) == english.query.columns
        for column in english.query.columns:
            if column.endswith("_label"):
                twin = row.cells[column.removesuffix("_label")]
                label = row.cells[column].value
                assert (twin.item.label if twin.item else None) == (label or None) or twin.items


def test_rows_rest_on_sources_unless_nothing_is_known(service):
    for question in ASKED:
        for row in ask(service.catalogue, question).rows:
            unknown = "coverage" in row.cells and row.cells["coverage"].value == "not known"
            assert bool(row.sources) != unknown


def test_labels_are_in_the_language_asked_for_or_the_next_that_has_one(service):
    def label(lang: str, question: str, column: str) -> tuple[str, str | None]:
        item = ask(service.catalogue, f"{question} lang={lang}").rows[0].cells[column].item
        return item.label, item.lang

    assert label("fr", "mechanisms", "mechanism") == ("Processus de la Côte d’ambre", "fr")
    assert label("es", "mechanisms", "mechanism") == ("Proceso de la Costa de Ámbar", "es")
    practice = "practices text=radio region=europe"  # only its printed name is known
    for lang in LANGUAGES:
        assert label(lang, practice, "practice") == ("Radio des frontières", "fr")
    assert label("fr", "publications", "publication") == ("The long way round", "en")
    count = "disagreements"  # no name at all
    assert label("en", count, "subject") == ("count/example-2031-report.africa.human-rights", None)


def test_search_finds_names_in_any_language(service):
    found = {each.item.iri.partition("/id/")[2] for each in service.catalogue.search("FLEUVE bleu", "en")}
    assert found == {"mechanism/blue-river-dialogue", "figure/example-2033-paper.crossings"}
    labels = {each.item.label for each in service.catalogue.search("Lutte contre la traite", "en")}
    assert "Counter-trafficking" in labels
    assert service.catalogue.search("no such words anywhere", "en") == []
